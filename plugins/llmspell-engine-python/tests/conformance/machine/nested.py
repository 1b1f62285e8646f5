async def f():
    await Probe.slow('a')
    await Probe.echo('b')


await Probe.register(f)
