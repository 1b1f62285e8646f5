// What a run is told of itself, before and after it did something.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const me = await Runs.current();
await say("mark", "one");
const problem = await Runs.get("no-such-run").catch((error) => error.type);
const before = (await Runs.list({ status: "done" })).length;
await say("look", "two");
return { name: me.name, durable: me.durable, done: before, problem, again: (await Runs.current()).name };
