async def f(x):
    return await Probe.echo(x)
await Probe.register(f)
