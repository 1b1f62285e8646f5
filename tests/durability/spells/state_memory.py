# Facts of an agent, and a conversation that is kept.
agent = await Agent.create(
    name="butler", model="counted", tools=["mark"], memory={"persist": "evenings", "messages": 6}
)
await agent.remember("birthday", "10 December")
await agent.remember("Ada likes green tea")
await agent.chat("hello")
await agent.chat("use mark name=tea")
birthday = await agent.recall("birthday")
tea = (await agent.recall("what tea does she like", limit=1))[0]["text"]
forgotten = await agent.forget("birthday")
await (await Tools.get("mark")).execute({"name": "between"})
kept = len(await agent.history())
{"birthday": birthday, "tea": tea, "forgotten": forgotten, "kept": kept}
