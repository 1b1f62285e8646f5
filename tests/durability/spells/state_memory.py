# Facts of an agent, a conversation that is kept, and texts found by meaning.
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
texts = [{"text": "the cat sleeps", "key": "cat"}, {"text": "the train is late", "key": "train"}]
await Memory.add(texts, model="words/words-512")
await (await Tools.get("mark")).execute({"name": "between"})
await Memory.forget("train")
found = await Memory.search("where does the cat sleep", limit=1)
left = len(await Memory.list())
kept = len(await agent.history())
{"birthday": birthday, "tea": tea, "forgotten": forgotten, "kept": kept, "found": found[0]["key"], "left": left}
