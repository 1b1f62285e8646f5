async def work():
    try:
        await Tools.tell.execute(value="worked")
        raise ValueError("left")
    finally:
        await Tools.tell.execute(value="closed")


try:
    found = await work()
except ValueError:
    found = False
found
