import asyncio


async def hundred():
    handlers = [lambda event, i=i: i for i in range(100)]
    subscriptions = await asyncio.gather(*(Events.subscribe("ping", one) for one in handlers))
    await asyncio.gather(*(Events.unsubscribe(one) for one in subscriptions))


async def held():
    await Events.flush()
    return (await Tools.callbacks.execute()).result


await hundred()
before = await held()
for _ in range(10):
    await hundred()
await held() - before
