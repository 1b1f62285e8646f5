// Parts that are given up in the middle of what they do: a tool of the script, an agent, a workflow.
const say = async (tool, name, wait = 0) => (await (await Tools.get(tool)).execute({ name, wait })).result;
const begun = new Set();
const once = async (name) => { await Async.yieldUntil(() => begun.has(name)); return `gave up ${name}`; };
const hold = async (name) => { await say("mark", `begun ${name}`); begun.add(name); return await say("renew", "never", 3600); };
const slow = await Tools.create({
  name: "slow", description: "Takes long.",
  parameters: { type: "object", properties: { name: { type: "string" } } },
  execute: async (given) => ({ said: await hold(given.name) }),
});
const agent = await Agent.create({ name: "patient", model: "counted", tools: [slow] });
const flow = await Workflow.parallel({ name: "flow", steps: [
  { name: "a", run: () => hold("step") }, { name: "b", tool: "renew", input: { name: "never", wait: 3600 } },
] });
const one = await Async.race([() => slow.execute({ name: "alone" }), () => once("alone")]);
const two = await Async.race([() => agent.chat("use slow name=asked"), () => once("asked")]);
const run = await flow.start();
await once("step");
await run.cancel("enough");
let problem = null;
try { await run.wait(); } catch (error) { problem = error.type; }
const given = (name) => Async.race([() => slow.execute({ name }), () => once(name)]);
const sides = await Promise.all([given("left"), given("right")]);
await say("mark", "after");
return [one, two, problem, sides];
