-- Bounds that are reached: of an agent's run, of a step, of a workflow, of a tool.
local agent = Agent.create({ name = "long", model = "counted", tools = { "mark" }, limits = { turns = 1 } })
local function kind(work) local ok, problem = pcall(work); return ok and "none" or (type(problem) == "table" and problem.type or tostring(problem)) end
local one = kind(function() return agent:chat("use mark name=limited") end)
local two = kind(function() return Workflow.sequential({ name = "slow", timeout = 0.02, steps = { { name = "s", tool = "renew", input = { name = "never", wait = 3600 } } } }):execute({}) end)
local three = kind(function() return Tools.get("renew"):execute({ name = "never", wait = 3600 }, { timeout = 0.02 }) end)
Tools.get("mark"):execute({ name = "after" })
return { one, two, three }
