@tool
async def shout(text: str):
    return {"loud": (await Tools.echo.execute(value=text.upper())).result}


agent = await Agent.new(name="a", tools=[shout])
await agent.chat("go")
