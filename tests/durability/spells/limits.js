// Bounds that are reached: of an agent's run, of a step, of a workflow, of a tool.
const agent = await Agent.create({ name: "long", model: "counted", tools: ["mark"], limits: { turns: 1 } });
const kind = async (work) => { try { await work(); return "none"; } catch (error) { return error.type; } };
const step = { name: "s", tool: "renew", input: { name: "never", wait: 3600 } };
const one = await kind(() => agent.chat("use mark name=limited"));
const two = await kind(async () => (await Workflow.sequential({ name: "slow", timeout: 0.02, steps: [step] })).execute({}));
const three = await kind(async () => (await Tools.get("renew")).execute({ name: "never", wait: 3600 }, { timeout: 0.02 }));
await (await Tools.get("mark")).execute({ name: "after" });
return [one, two, three];
