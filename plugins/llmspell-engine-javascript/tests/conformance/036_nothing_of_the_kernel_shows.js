const said = [];
async function attempt(work) {
  try {
    await work();
  } catch (e) {
    said.push(`${e.message}\n${e.stack}\n${e.where}`);
  }
}
await attempt(() => Tools.fail.execute({ message: 5 }));
await attempt(() => Tools.crash.execute());
await attempt(() => Tools.get("gone"));
await attempt(() => Agent.new(5));
await attempt(() => Storage.set("function", Symbol("x")));
await attempt(() => Events.subscribe("x", 5));
await attempt(() => import("./gone.js"));
return said.join("\n");
