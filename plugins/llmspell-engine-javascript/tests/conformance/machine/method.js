const box = await Probe.echo(0)
return await box.open(5)
