async def numbers():
    for i in range(1, 4):
        yield (await Tools.echo.execute(value=i)).result


[number async for number in numbers()]
