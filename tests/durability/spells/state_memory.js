// Facts of an agent, and a conversation that is kept.
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
await (await Tools.get("mark")).execute({ name: "between" });
return { birthday, tea, forgotten, kept: (await agent.history()).length };
