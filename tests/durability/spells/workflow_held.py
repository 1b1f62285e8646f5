# A workflow that is paused from within, looked at, and gone on with.
told = 0


async def one(context):
    await (await Tools.get("mark")).execute({"name": f"round {context['index']}"})
    return context["index"]


async def complete(step, output):
    global told
    told += 1
    if output == 1:
        await flow.pause()


async def paused():
    return (await run.status()).state == "paused"


flow = await Workflow.loop(name="rounds", count=3, collect=True, steps=[{"name": "one", "run": one}])
await flow.on_step_complete(complete)
run = await flow.start()
await Async.yield_until(paused)
await run.resume()
{"rounds": (await run.wait()).output, "told": told}
