// Facts of an agent, a conversation that is kept, and texts found by meaning.
const agent = await Agent.create({
  name: "butler", model: "counted", tools: ["mark"], memory: { persist: "evenings", messages: 6 },
});
await agent.remember("birthday", "10 December");
await agent.remember("Ada likes green tea");
await agent.chat("hello");
await agent.chat("use mark name=tea");
const birthday = await agent.recall("birthday");
const tea = (await agent.recall("what tea does she like", { limit: 1 }))[0].text;
const forgotten = await agent.forget("birthday");
const texts = [{ text: "the cat sleeps", key: "cat" }, { text: "the train is late", key: "train" }];
await Memory.add(texts, { model: "words/words-512" });
await (await Tools.get("mark")).execute({ name: "between" });
await Memory.forget("train");
const found = await Memory.search("where does the cat sleep", { limit: 1 });
const left = (await Memory.list()).length;
return { birthday, tea, forgotten, kept: (await agent.history()).length, found: found[0].key, left };
