# Effects side by side, of which those that were begun first end last.
import asyncio


async def say(tool, **given):
    return (await (await Tools.get(tool)).execute(given)).result


async def looks(number):
    await asyncio.sleep(0.004 * (5 - number))
    return await say("look", name=f"look{number}")


async def mark(name, wait):
    await say("mark", name=name, wait=wait)
    return name


await asyncio.gather(*[looks(number) for number in range(1, 5)], mark("five", 0), mark("six", 0.01))
