box = await Probe.echo(0)
await box.open(5)
