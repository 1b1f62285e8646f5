@tool
async def job(name: str):
    await Tools.tell.execute(value=f"{name} begins")
    await Tools.wait_for.execute(gate="b done" if name == "a" else "b done awaited")
    await Tools.tell.execute(value=f"{name} ends")
    await Tools.open_gate.execute(gate=f"{name} done")
    return name


agent = await Agent.new(name="x", tools=[job])
await agent.chat("go")
