# Parts that are given up in the middle of what they do: a tool of the script, an agent, a workflow.
import asyncio

begun = {}


async def say(tool, name, wait=0):
    return (await (await Tools.get(tool)).execute({"name": name, "wait": wait})).result


async def once(name):
    await Async.yield_until(lambda: name in begun)
    return f"gave up {name}"


async def hold(name):
    await say("mark", f"begun {name}")
    begun[name] = True
    return await say("renew", "never", 3600)


async def execute(given):
    return {"said": await hold(given["name"])}


async def given_up(name):
    return await Async.race([lambda: slow.execute({"name": name}), lambda: once(name)])


slow = await Tools.create(
    name="slow",
    description="Takes long.",
    parameters={"type": "object", "properties": {"name": {"type": "string"}}},
    execute=execute,
)
agent = await Agent.create(name="patient", model="counted", tools=[slow])
steps = [
    {"name": "a", "run": lambda context: hold("step")},
    {"name": "b", "tool": "renew", "input": {"name": "never", "wait": 3600}},
]
flow = await Workflow.parallel(name="flow", steps=steps)
one = await given_up("alone")
two = await Async.race([lambda: agent.chat("use slow name=asked"), lambda: once("asked")])
run = await flow.start()
await once("step")
await run.cancel("enough")
problem = None
try:
    await run.wait()
except LlmspellError as error:
    problem = error.type
sides = await asyncio.gather(given_up("left"), given_up("right"))
await say("mark", "after")
[one, two, problem, sides]
