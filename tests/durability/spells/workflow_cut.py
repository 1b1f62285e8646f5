# What a workflow within a step did is taken back when another step fails beside it, and when it is cancelled.
def doing(name):
    back = {"tool": "mark", "input": {"name": f"no {name}"}}
    return {"name": name, "tool": "mark", "input": {"name": name}, "compensate": back}


async def sleeps(context):
    await Async.sleep("1h")


async def booked():
    return (await trip.get_status()).current == ["wait"]


async def bad(context):
    await Async.yield_until(booked)
    await (await Tools.get("broken")).execute({"name": "bad"})


async def problem(work):
    try:
        await work
    except LlmspellError as found:
        return found.type
    return True


wait = {"name": "wait", "run": sleeps}
trip = await Workflow.sequential(name="trip", steps=[doing("flight"), doing("hotel"), wait])
beside = await Workflow.parallel(name="beside", steps=[{"name": "trip", "workflow": trip}, {"name": "bad", "run": bad}])
first = await problem(beside.execute({}))
held = await Workflow.saga(name="held", steps=[doing("paid"), {"name": "in", "workflow": trip}])
run = await held.start()
await Async.yield_until(booked)
await run.cancel()
[first, await problem(run.wait())]
