import asyncio


def endless(*_):
    while True:
        pass


def generator():
    yield endless()


if params.get("place") == "handler":
    await Events.subscribe("looped", endless)
    await Events.emit("looped", {})
    await asyncio.sleep(60)
elif params.get("place") == "coroutine":
    list(generator())
elif params.get("place") == "finally":
    try:
        raise ValueError("left")
    finally:
        endless()
else:
    await (await Tool.new(name="endless", execute=endless)).execute({})
