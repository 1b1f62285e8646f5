# The first one wins; the others are given up in the middle of what they do.
import asyncio

ended = 0


async def say(tool, **given):
    return (await (await Tools.get(tool)).execute(given)).result


async def slow():
    global ended
    await asyncio.sleep(3600)
    ended += 1


async def busy():
    global ended
    await say("renew", name="never", wait=3600)
    ended += 1


async def fast():
    await say("look", name="fast")
    await asyncio.sleep(0.005)
    return "fast"


async def race(*jobs):
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return next(iter(done)).result()


first = await race(slow, busy, fast)
await say("mark", name="after")
second = await race(fast, slow)
{"first": first, "second": second, "ended": ended}
