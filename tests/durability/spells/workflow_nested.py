# Workflows in workflows, as tools and with agents.
agent = await Agent.create(name="helper", model="counted", tools=["mark"])
inner = await Workflow.parallel(
    name="inner",
    steps=[
        {"name": "asked", "agent": agent, "action": "use mark name=asked"},
        {"name": "seen", "tool": "look", "input": {"name": "seen"}},
    ],
)
flow = await Workflow.sequential(
    name="outer",
    steps=[{"name": "in", "workflow": inner}, {"name": "after", "tool": "mark", "input": {"name": "after"}}],
)
result = await flow.execute({})
step = {"name": "t", "tool": "look", "input": {"name": "by tool"}}
small = await Workflow.sequential(name="as_tool", steps=[step])
given = await (await small.as_tool(name="flow_tool", description="Flows.")).execute({})
{"status": result.success, "output": result.steps["in"].status, "given": given.success}
