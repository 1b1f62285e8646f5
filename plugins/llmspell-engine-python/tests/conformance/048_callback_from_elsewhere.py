@Tools.register(name="mine")
async def mine(value: int):
    return (await Tools.echo.execute(value=value + 1)).result


[
    (await Tools.call.execute(name="mine", input={"value": 1})).result,
    (await Tools.call_from_thread.execute(name="mine", input={"value": 2})).result,
]
