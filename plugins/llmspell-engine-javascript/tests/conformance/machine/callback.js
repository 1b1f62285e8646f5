return await Probe.register((x) => x + 1)
