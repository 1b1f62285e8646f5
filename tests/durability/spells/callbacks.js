// A hook, a handler of events and a tool of the script, called side by side, each of which does something.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
let hooked = 0;
const heard = [];
const pair = await Tools.create({
  name: "pair", description: "Does two things.",
  parameters: { type: "object", properties: { name: { type: "string" } } },
  execute: async (given) => {
    await Async.sleep(2);
    await say("mark", `inside ${given.name}`);
    await Events.emit(`paired_${given.name}`, {});
    return { seen: await say("look", `end ${given.name}`) };
  },
});
await Hooks.register("beforeToolExecution", async (context) => {
  if (context.tool !== "pair") return;
  hooked += 1;
  await say("mark", `hook ${context.input.name}`);
});
await Events.subscribe("paired_*", async (event) => {
  await say("renew", `heard ${event.name}`);
  heard.push(event.name);
});
const use = async (name) => (await pair.execute({ name })).result.seen;
const found = await Promise.all([
  use("n1"), use("n2"), use("n3"), Async.race([() => Async.sleep(3600000), () => use("n4")]),
]);
await Events.flush();
return { found, hooked, heard: heard.sort() };
