depth = 0


@tool
async def deeper():
    global depth
    depth += 1
    if depth == 2:
        return {"said": "ground"}
    return {"said": f"under {await agent.chat('once more')}"}


agent = await Agent.new(name="a", tools=[deeper])
await agent.chat("go")
