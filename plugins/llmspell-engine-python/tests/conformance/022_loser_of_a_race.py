import asyncio


async def late():
    await Tools.wait_for.execute(gate="later")
    raise ValueError("too late")


jobs = [asyncio.create_task(late()), asyncio.create_task(Tools.echo.execute(value="first"))]
done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
await Tools.open_gate.execute(gate="later")
[one.result().result for one in done][0]
