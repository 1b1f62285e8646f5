# A session that is made, joined, written to, suspended and found again.
import asyncio


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


trip = await Session.create({"name": "trip", "tags": ["a"], "values": {"x": 1}})
await say("mark", "made")
await Session.join("trip")
await State.set("y", 2)
await State.update("x", lambda value, _: value + 10)
other = await Session.create({"name": "rest"})
await asyncio.gather(other.suspend(), say("mark", "side"), trip.tag("b", "c"))
await trip.untag("a")
await say("look", "late")
problem = None
try:
    await Session.open("lost")
except LlmspellError as error:
    problem = error.type
{
    "name": (await Session.current()).name,
    "values": await trip.values(),
    "tags": (await trip.info())["tags"],
    "rests": (await other.info())["status"],
    "problem": problem,
    "known": len(await Session.list()),
    "tagged": len(await Session.list({"tag": "c"})),
}
