// Handlers of events do things of their own.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const heard = [];
await Events.subscribe("order_*", async (event) => { await say("mark", `for ${event.name}`); heard.push(event.name); });
await Events.emit("order_placed", { number: 1 });
await Events.flush();
await say("look", "between");
await Events.emitSync("order_sent", { number: 1 });
await Events.flush();
return heard.sort();
