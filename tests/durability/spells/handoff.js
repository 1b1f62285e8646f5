// A conversation that goes from one agent to another.
const second = await Agent.create({ name: "second", model: "counted", tools: ["mark"] });
const first = await Agent.create({ name: "first", model: "counted", tools: ["mark"] });
const one = await first.chat("use mark name=one");
const given = await first.handoff({ to: "second", input: "use mark name=two" });
const third = await first.delegateTo(second, "use mark name=three");
return { one, given: given.success, third: third.success };
