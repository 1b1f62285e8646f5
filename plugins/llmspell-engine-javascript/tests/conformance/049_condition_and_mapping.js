const is = (value) => (context) => context.value === value;
const flow = new Workflow({ type: "line", steps: [
  { name: "one", tool: "echo", condition: is(1), input: () => ({ value: 100 }) },
  { name: "two", tool: "echo", condition: is(2),
    input: async () => ({ value: (await Tools.echo.execute({ value: 200 })).result }) },
  { name: "three", tool: "echo", condition: "{{gt value 2}}", input: { value: "{{value}}" } },
] });
const found = [];
for (const value of [1, 2, 3]) found.push((await flow.execute({ value })).output);
return found;
