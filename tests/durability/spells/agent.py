# One conversation over several requests, with tools.
agent = await Agent.create(name="writer", model="counted", tools=["mark", "look"])
one = await agent.chat("hello")
two = await agent.chat("use mark name=first and use look name=second")
three = await agent.chat("and now")
{"one": one, "two": two, "three": three, "messages": len(await agent.history())}
