# A hook, a handler of events and a tool of the script, called side by side, each of which does something.
import asyncio

hooked = 0
heard = []


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


async def execute(given):
    await asyncio.sleep(0.002)
    await say("mark", f"inside {given['name']}")
    await Events.emit(f"paired_{given['name']}", {})
    return {"seen": await say("look", f"end {given['name']}")}


async def before(context):
    global hooked
    if context.tool == "pair":
        hooked += 1
        await say("mark", f"hook {context.input['name']}")


async def handle(event):
    await say("renew", f"heard {event.name}")
    heard.append(event.name)


async def use(name):
    return (await pair.execute({"name": name})).result.seen


pair = await Tools.create(
    name="pair",
    description="Does two things.",
    parameters={"type": "object", "properties": {"name": {"type": "string"}}},
    execute=execute,
)
await Hooks.register("before_tool_execution", before)
await Events.subscribe("paired_*", handle)
raced = Async.race([lambda: asyncio.sleep(3600), lambda: use("n4")])
found = await asyncio.gather(use("n1"), use("n2"), use("n3"), raced)
await Events.flush()
{"found": found, "hooked": hooked, "heard": sorted(heard)}
