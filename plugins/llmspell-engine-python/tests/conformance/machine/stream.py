[item async for item in Probe.echo(0)]
