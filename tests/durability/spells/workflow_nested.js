// Workflows in workflows, as tools and with agents.
const agent = await Agent.create({ name: "helper", model: "counted", tools: ["mark"] });
const inner = await Workflow.parallel({ name: "inner", steps: [
  { name: "asked", agent, action: "use mark name=asked" },
  { name: "seen", tool: "look", input: { name: "seen" } },
] });
const flow = await Workflow.sequential({ name: "outer", steps: [
  { name: "in", workflow: inner },
  { name: "after", tool: "mark", input: { name: "after" } },
] });
const result = await flow.execute({});
const small = await Workflow.sequential({ name: "as_tool", steps: [{ name: "t", tool: "look", input: { name: "by tool" } }] });
const given = await (await small.asTool({ name: "flow_tool", description: "Flows." })).execute({});
return { status: result.success, output: result.steps.in.status, given: given.success };
