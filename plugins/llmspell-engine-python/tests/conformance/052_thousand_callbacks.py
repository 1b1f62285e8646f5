async def rounds(count):
    for _ in range(count):
        await Events.unsubscribe(await Events.subscribe("ping", lambda event: count))
    await Events.flush()
    return (await Tools.callbacks.execute()).result


before = await rounds(10)
await rounds(1000) - before
