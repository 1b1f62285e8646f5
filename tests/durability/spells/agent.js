// One conversation over several requests, with tools.
const agent = await Agent.create({ name: "writer", model: "counted", tools: ["mark", "look"] });
const one = await agent.chat("hello");
const two = await agent.chat("use mark name=first and use look name=second");
const three = await agent.chat("and now");
return { one, two, three, messages: (await agent.history()).length };
