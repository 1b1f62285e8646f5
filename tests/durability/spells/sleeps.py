# Pauses, one after the other and side by side, with effects between them.
import asyncio


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


await asyncio.sleep(0.01)
await say("mark", "after one")
order = []


async def late():
    await asyncio.sleep(0.03)
    order.append(3)


async def early():
    await asyncio.sleep(0.01)
    order.append(1)
    await say("mark", "early")


await asyncio.gather(late(), early())
{"order": len(order)}
