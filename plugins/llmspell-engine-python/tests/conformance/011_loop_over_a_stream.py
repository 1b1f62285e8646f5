text = ""
agent = await Agent.new(name="a")
async for part in agent.stream("go"):
    if part.type == "text":
        text += part.text
text
