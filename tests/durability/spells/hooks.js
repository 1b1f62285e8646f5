// Hooks that change, refuse, wrap and look, with effects of their own.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const seen = [];
await Hooks.register("beforeToolExecution", (context) => {
  seen.push(`before ${context.tool}`);
  if (context.tool === "look") return { input: { name: context.input.name, wait: 0.001 } };
  if (context.tool === "broken") return { refuse: "not today" };
});
await Hooks.register("aroundToolExecution", { when: { tool: "renew" }, handler: async (context, proceed) => {
  await say("mark", `around ${seen.length}`);
  const result = await proceed.run();
  seen.push(`around ${context.tool}`);
  return result;
} });
await Hooks.register("afterToolExecution", { when: { tool: "look" }, handler: (context) => { seen.push(`after ${context.tool}`); } });
const changed = await say("look", "changed");
const renewed = await say("renew", "wrapped");
let problem = null;
try { await say("broken", "refused"); } catch (error) { problem = error.type; }
await say("mark", "last");
return { changed, renewed, problem, seen };
