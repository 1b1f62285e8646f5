await Tools.register({
  name: "mine",
  parameters: { value: "integer" },
  execute: async ({ value }) => (await Tools.echo.execute({ value: value + 1 })).result,
});
return [
  (await Tools.call.execute({ name: "mine", input: { value: 1 } })).result,
  (await Tools.callFromThread.execute({ name: "mine", input: { value: 2 } })).result,
];
