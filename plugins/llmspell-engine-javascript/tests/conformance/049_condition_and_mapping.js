await Hooks.register("before_tool_execution", {
  when: (context) => context.input.value === 1,
  handler: (context) => { context.input.value = 100; return context; },
});
await Hooks.register("before_tool_execution", await Hooks.createTransformer(async (input) => {
  if (input.value === 2) input.value = (await Tools.echo.execute({ value: 200 })).result;
  return input;
}));
const found = [];
for (const value of [1, 2, 3]) found.push((await Tools.echo.execute({ value })).result);
return found;
