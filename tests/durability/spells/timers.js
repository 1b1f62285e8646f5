// What is done later, called off, waited for, and let go of.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const told = [];
let done = false;
Async.schedule(20, async () => { await say("mark", "later"); told.push("later"); done = true; });
Async.schedule(5, async () => { await say("look", "soon"); told.push("soon"); });
const never = Async.schedule(3600000, () => say("mark", "never"));
never.cancel();
await say("mark", "first");
await Async.yieldUntil(() => done);
const fails = async () => { await Async.sleep(3); throw new Error("no"); };
const settled = await Async.allSettled([() => say("look", "settled"), fails]);
const resource = { acquire: async () => { await say("mark", "opened"); return "opened"; }, release: () => say("mark", "closed") };
const used = await Async.withResource(resource, async (held) => { await Async.sleep(2); return held; });
Async.schedule(3600000, () => say("mark", "after the end"));
return { told: told.sort(), settled: settled.map((one) => one.status), used };
