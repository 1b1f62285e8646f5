// Functions as steps, conditions, mappings and outputs.
let count = 0;
const say = async (tool, name) => (await (await Tools.get(tool)).execute({ name })).result;
const flow = await Workflow.sequential({ name: "flow", steps: [
  { name: "first", run: async () => { count += 1; await say("mark", "first"); return count; } },
  { name: "skipped", condition: (context) => context.first > 1, tool: "mark", input: { name: "never" } },
  { name: "told", tool: "look", input: (context) => ({ name: `told${context.first}` }) },
  { name: "sides", type: "parallel", steps: [
    { name: "a", run: async () => { await Async.sleep(6); count += 1; return "a"; } },
    { name: "b", run: async () => { await Async.sleep(2); await say("mark", "b"); return "b"; } },
  ] },
], output: (context) => ({ first: context.first, count }) });
const result = await flow.execute({});
return { output: result.output, skipped: result.steps.skipped.status };
