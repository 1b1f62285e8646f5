async def echo(value):
    return (await Tools.echo.execute(value=value)).result


[await echo(params.text), len(await echo("x" * (1 << 20)))]
