local order = {}
Hooks.register("before_tool_execution", function(context)
  order[#order + 1] = "hook of " .. context.tool
end)
local answer = Tools.echo:execute({value = "answered"}).result
order[#order + 1] = answer
return order
