// One job is done in time, another is given up, and so is a call of a tool.
const say = async (tool, given) => (await (await Tools.get(tool)).execute(given)).result;
const kind = async (work) => { try { await work(); return "none"; } catch (error) { return error.type; } };
const within = await Async.timeout(async () => { await say("mark", { name: "within" }); return "within"; }, 3600000);
const problem = await kind(() => Async.timeout(() => Async.sleep(3600000), 20));
const other = await kind(() => Async.timeout(() => say("renew", { name: "never", wait: 3600 }), 20));
await say("mark", { name: "after" });
return { within, problem, other };
