agent = await Agent.new(name="a", tools=["wait_for"])
async with agent.stream("go") as parts:
    async for part in parts:
        if part.type == "finish":
            await Tools.wait_for.execute(gate="never awaited")
            break
(await Tools.wait_for.execute(gate="never given up", value="closed")).result
