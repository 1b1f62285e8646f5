# Agents side by side, one as the tool of another, and one conversation.
import asyncio

one = await Agent.create(name="one", model="counted", tools=["mark"])
two = await Agent.create(name="two", model="counted", tools=["mark"])
sides = await asyncio.gather(one.chat("use mark name=one"), two.chat("use mark name=two"))
boss = await Agent.create(
    name="boss", model="counted", tools=[await one.as_tool({"name": "expert", "description": "Knows."})]
)
answer = await boss.chat("use expert input=use_mark_name=three")
more = await one.chat("and now")
{"sides": sides, "answer": answer, "more": more, "messages": len(await one.history())}
