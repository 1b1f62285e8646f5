return await Probe.register((x) => Probe.echo(x))
