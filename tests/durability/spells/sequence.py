# One effect after the other, of each class, one that fails, a random number and the time.
import random


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


await say("mark", "one")
seen = await say("look", "two")
again = await say("renew", "three")
problem = None
try:
    await say("broken", "four")
except LlmspellError as error:
    problem = error.type
await say("mark", "five")
{"seen": seen, "again": again, "ok": False, "problem": problem, "chance": random.randint(1, 1)}
