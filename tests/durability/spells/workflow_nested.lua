-- Workflows in workflows, as tools and with agents.
local agent = Agent.create({ name = "helper", model = "counted", tools = { "mark" } })
local inner = Workflow.parallel({ name = "inner", steps = {
  { name = "asked", agent = agent, action = "use mark name=asked" },
  { name = "seen", tool = "look", input = { name = "seen" } },
} })
local flow = Workflow.sequential({ name = "outer", steps = {
  { name = "in", workflow = inner },
  { name = "after", tool = "mark", input = { name = "after" } },
} })
local result = flow:execute({})
local tool = Workflow.sequential({ name = "as_tool", steps = { { name = "t", tool = "look", input = { name = "by tool" } } } }):as_tool({ name = "flow_tool", description = "Flows." })
local given = tool:execute({})
return { status = result.success, output = result.steps["in"].status, given = given.success }
