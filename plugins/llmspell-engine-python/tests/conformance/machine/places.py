x = 0

async def ask():
    return await Probe.echo(1)
x = await ask()
x = await Probe.echo(2)
