await Hooks.register("before_agent_execution", async (context) => {
  context.input.content = (await Tools.echo.execute({ value: "changed" })).result;
  return context;
});
return await new Agent({ name: "a" }).chat("as it was");
