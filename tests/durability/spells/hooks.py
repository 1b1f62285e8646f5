# Hooks that change, refuse, wrap and look, with effects of their own.
seen = []


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


def before(context):
    seen.append(f"before {context.tool}")
    if context.tool == "look":
        return {"input": {"name": context.input["name"], "wait": 0.001}}
    if context.tool == "broken":
        return {"refuse": "not today"}


async def around(context, proceed):
    await say("mark", f"around {len(seen)}")
    result = await proceed.run()
    seen.append(f"around {context.tool}")
    return result


def after(context):
    seen.append(f"after {context.tool}")


await Hooks.register("before_tool_execution", before)
await Hooks.register("around_tool_execution", {"when": {"tool": "renew"}, "handler": around})
await Hooks.register("after_tool_execution", {"when": {"tool": "look"}, "handler": after})
changed = await say("look", "changed")
renewed = await say("renew", "wrapped")
problem = None
try:
    await say("broken", "refused")
except LlmspellError as error:
    problem = error.type
await say("mark", "last")
{"changed": changed, "renewed": renewed, "problem": problem, "seen": seen}
