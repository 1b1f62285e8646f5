// Pauses, one after the other and side by side, with effects between them.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
await Async.sleep(10);
await say("mark", "after one");
const order = [];
await Promise.all([
  (async () => { await new Promise((done) => setTimeout(done, 30)); order.push(3); })(),
  (async () => { await Async.sleep(10); order.push(1); await say("mark", "early"); })(),
]);
return { order: order.length };
