tried = 0
again = 0


async def third():
    global tried
    tried += 1
    if tried < 3:
        await Tools.fail.execute()
    return "third time"


async def never():
    global again
    again += 1
    await Tools.fail.execute()


value = await Async.retry(third, {"attempts": 4})
try:
    await Async.retry(never, attempts=2)
    kind = None
except LlmspellError as fault:
    kind = fault.type
[value, tried, False, kind, again]
