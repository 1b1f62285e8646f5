// A team at work side by side and in turn, and a model that hands over to another agent.
const member = (name) => Agent.create({ name, model: "counted", tools: ["mark"] });
const sides = await Collaboration.start({ agents: [await member("north"), await member("south")], strategy: "parallel", steps: [
  { agent: "north", name: "one", task: "use mark name=north" }, { agent: "south", name: "two", task: "use mark name=south" },
] });
const turns = await Collaboration.start({ agents: [await member("first"), await member("last")], task: "tell" });
const billing = await Agent.create({ name: "billing", model: "counted", description: "Knows bills.", tools: ["look"] });
const triage = await Agent.create({ name: "triage", model: "counted", handoffs: [billing] });
const given = await triage.execute("use transfer_to_billing reason=money");
return { sides: sides.success, asked: sides.usage.requests, turns: turns.usage.requests, agent: given.metadata.agent };
