const shout = new Tool({
  name: "shout",
  parameters: { text: { type: "string" } },
  execute: async ({ text }) => ({ loud: (await Tools.echo.execute({ value: text.toUpperCase() })).result }),
});
return await new Agent({ name: "a", tools: [shout] }).chat("go");
