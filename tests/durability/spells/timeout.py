# One job is done in time, another is given up, and so is a call of a tool.
import asyncio


async def say(tool, **given):
    return (await (await Tools.get(tool)).execute(given)).result


async def kind(work, seconds):
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        return "timeout"
    return "none"


within = await kind(say("mark", name="within"), 3600)
problem = await kind(asyncio.sleep(3600), 0.02)
other = await kind(say("renew", name="never", wait=3600), 0.02)
await say("mark", name="after")
{"within": within, "problem": problem, "other": other}
