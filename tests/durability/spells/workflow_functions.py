# Functions as steps, conditions, mappings and outputs.
import asyncio

count = 0


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


async def first(context):
    global count
    count += 1
    await say("mark", "first")
    return count


async def a(context):
    global count
    await asyncio.sleep(0.006)
    count += 1
    return "a"


async def b(context):
    await asyncio.sleep(0.002)
    await say("mark", "b")
    return "b"


flow = await Workflow.sequential(
    name="flow",
    steps=[
        {"name": "first", "run": first},
        {"name": "skipped", "condition": lambda context: context["first"] > 1, "tool": "mark", "input": {"name": "x"}},
        {"name": "told", "tool": "look", "input": lambda context: {"name": f"told{context['first']}"}},
        {"name": "sides", "type": "parallel", "steps": [{"name": "a", "run": a}, {"name": "b", "run": b}]},
    ],
    output=lambda context: {"first": context["first"], "count": count},
)
result = await flow.execute({})
{"output": result.output, "skipped": result.steps.skipped.status}
