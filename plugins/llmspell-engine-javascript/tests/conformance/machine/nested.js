await Probe.register(async () => { await Probe.slow('a'); await Probe.echo('b') })
