async def echo(value):
    return (await Tools.echo.execute(value=value)).result


[await echo(True), await echo(False), await echo(None) is None, (await echo({"inside": None}))["inside"] is None]
