import asyncio

await asyncio.gather(Async.sleep(50), Async.sleep(50))
"awake"
