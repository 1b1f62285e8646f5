import asyncio

tell = await Tools.get("tell")
found = [1]
call = asyncio.ensure_future(tell.execute(value=found))
await asyncio.sleep(0)
found[0] = 2
(await call).result[0] = 3
(await tell.execute(value=[1])).result
