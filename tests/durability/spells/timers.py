# What is done later, called off, waited for, and let go of.
told = []
done = False


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


async def later():
    global done
    await say("mark", "later")
    told.append("later")
    done = True


async def soon():
    await say("look", "soon")
    told.append("soon")


async def fails():
    await Async.sleep(3)
    raise LlmspellError("no")


async def opened():
    await say("mark", "opened")
    return "opened"


async def use(held):
    await Async.sleep(2)
    return held


Async.schedule(20, later)
Async.schedule(5, soon)
never = Async.schedule(3600000, lambda: say("mark", "never"))
never.cancel()
await say("mark", "first")
await Async.yield_until(lambda: done)
settled = await Async.all_settled([lambda: say("look", "settled"), fails])
resource = {"acquire": opened, "release": lambda *_: say("mark", "closed")}
used = await Async.with_resource(resource, use)
Async.schedule(3600000, lambda: say("mark", "after the end"))
{"told": sorted(told), "settled": [one["status"] for one in settled], "used": used}
