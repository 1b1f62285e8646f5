// A session that is made, joined, written to, suspended and found again.
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const trip = await Session.create({ name: "trip", tags: ["a"], values: { x: 1 } });
await say("mark", "made");
await Session.join("trip");
await State.set("y", 2);
await State.update("x", (value) => value + 10);
const other = await Session.create({ name: "rest" });
await Promise.all([other.suspend(), say("mark", "side"), trip.tag("b", "c")]);
await trip.untag("a");
await say("look", "late");
const problem = await Session.open("lost").catch((error) => error.type);
return {
  name: (await Session.current()).name, values: await trip.values(), tags: (await trip.info()).tags,
  rests: (await other.info()).status, problem,
  known: (await Session.list()).length, tagged: (await Session.list({ tag: "c" })).length,
};
