local function is(value)
  return function(context) return context.value == value end
end

local flow = Workflow.create("line", { steps = {
  { name = "one", tool = "echo", condition = is(1), input = function() return { value = 100 } end },
  { name = "two", tool = "echo", condition = is(2),
    input = function() return { value = Tools.echo:execute({ value = 200 }).result } end },
  { name = "three", tool = "echo", condition = "{{gt value 2}}", input = { value = "{{value}}" } },
} })
local found = {}
for value = 1, 3 do found[value] = flow:execute({ value = value }).output end
return found
