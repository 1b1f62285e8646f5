async def outer(value):
    async def inner():
        return (await Tools.echo.execute(value=value)).result

    return await inner()


await outer("deep")
