agent = await Agent.new(name="a", tools=["echo"])
seen = 0
found = None
try:
    async for _ in agent.stream("go"):
        seen += 1
except LlmspellError as fault:
    found = [False, fault.type, seen > 0]
found
