-- Functions as steps, conditions, mappings and aggregations.
local count = 0
local flow = Workflow.sequential({ name = "flow", steps = {
  { name = "first", run = function() count = count + 1; Tools.get("mark"):execute({ name = "first" }); return count end },
  { name = "skipped", condition = function(context) return context.first > 1 end, tool = "mark", input = { name = "never" } },
  { name = "told", tool = "look", input = function(context) return { name = "told" .. context.first } end },
  { name = "sides", type = "parallel", steps = {
    { name = "a", run = function() Async.sleep(6); count = count + 1; return "a" end },
    { name = "b", run = function() Async.sleep(2); Tools.get("mark"):execute({ name = "b" }); return "b" end },
  } },
}, output = function(context) return { first = context.first, count = count } end })
local result = flow:execute({})
return { output = result.output, skipped = result.steps.skipped.status }
