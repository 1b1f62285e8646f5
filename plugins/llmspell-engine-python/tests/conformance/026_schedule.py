async def fired():
    await Tools.tell.execute(value="fired")
    await Tools.open_gate.execute(gate="fired")


Async.schedule(50, fired)
Async.schedule(60000, lambda: Tools.tell.execute(value="too late"))
(await Tools.wait_for.execute(gate="fired", value="over")).result
