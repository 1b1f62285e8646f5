// One effect after the other, of each class, one that fails, a random number and the time.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
await say("mark", "one");
const seen = await say("look", "two");
const again = await say("renew", "three");
let problem = null;
try { await say("broken", "four"); } catch (error) { problem = error.type; }
await say("mark", "five");
return { seen, again, ok: false, problem, chance: Math.floor(Math.random() * 1) };
