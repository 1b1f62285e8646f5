# What a run is told of itself, before and after it did something.
async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


me = await Runs.current()
await say("mark", "one")
problem = None
try:
    await Runs.get("no-such-run")
except LlmspellError as error:
    problem = error.type
before = len(await Runs.list(status="done"))
await say("look", "two")
again = (await Runs.current())["name"]
{"name": me["name"], "durable": me["durable"], "done": before, "problem": problem, "again": again}
