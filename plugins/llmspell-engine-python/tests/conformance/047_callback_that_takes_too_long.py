@tool(timeout="30ms")
async def slow():
    return (await Tools.wait_for.execute(gate="never")).result


try:
    await slow.execute()
    kind = None
except TimeoutError as e:
    kind = e.type
[False, kind, (await Tools.echo.execute(value="going on")).result]
