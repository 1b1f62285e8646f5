# What fails is tried again after a pause.
tries = 0


async def work():
    global tries
    tries += 1
    await (await Tools.get("mark")).execute({"name": f"try {tries}"})
    if tries < 3:
        raise ValueError("not yet")
    return "done"


value = await Async.retry(work, {"attempts": 4, "delay": 5})
{"value": value, "tries": tries}
