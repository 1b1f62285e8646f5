// host: what the engine does while it reads a value, by getters that call back into it
const order = [];
const trap = { get a() { order.push("a"); Tools.list(); throw new Error("stop"); } };
for (const attempt of [() => State.set("x", trap), () => Agent.new(trap), () => Events.emit("x", trap)]) {
  try { await attempt(); } catch {}
}
return (await Tools.list()).length > 0 ? "held" : "reached";
