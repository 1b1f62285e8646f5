import asyncio

await asyncio.gather(*(Async.sleep(60000) for _ in range(10000)))
