// The first one wins; the others are given up in the middle of what they do.
const say = async (tool, given) => (await (await Tools.get(tool)).execute(given)).result;
let ended = 0;
const slow = async () => { await Async.sleep(3600000); ended += 1; };
const busy = async () => { await say("renew", { name: "never", wait: 3600 }); ended += 1; };
const fast = async () => { await say("look", { name: "fast" }); await Async.sleep(5); return "fast"; };
const first = await Async.race([slow, busy, fast]);
await say("mark", { name: "after" });
const second = await Async.race([fast, slow]);
return { first, second, ended };
