async for item in Probe.echo(0):
    break
item
