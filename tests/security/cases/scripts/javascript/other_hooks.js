// run: what another run's tool is called with, by a hook of this one
let seen = null;
for (const point of ["before_tool_execution", "after_tool_execution"]) {
  await Hooks.register(point, (context) => { if (context.tool === "other_tool") seen = context; });
}
await Async.sleep(150);
return seen ? JSON.stringify(seen) : "held";
