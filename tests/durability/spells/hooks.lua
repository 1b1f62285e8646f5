-- Hooks that change, refuse, answer, wrap and look, with effects of their own.
local seen = {}
Hooks.register("before_tool_execution", function(context)
  seen[#seen + 1] = "before " .. context.tool
  if context.tool == "look" and context.input.name == "changed" then return { input = { name = "changed", wait = 0.001 } } end
  if context.tool == "broken" then return { refuse = "not today" } end
end)
Hooks.register("around_tool_execution", { when = { tool = "renew" }, handler = function(context, proceed)
  Tools.get("mark"):execute({ name = "around " .. #seen })
  local result = proceed:run()
  seen[#seen + 1] = "around " .. context.tool
  return result
end })
Hooks.register("after_tool_execution", { when = { tool = "look" }, handler = function(context)
  seen[#seen + 1] = "after " .. context.tool
end })
local changed = Tools.get("look"):execute({ name = "changed" }).result
local renewed = Tools.get("renew"):execute({ name = "wrapped" }).result
local ok, problem = pcall(function() return Tools.get("broken"):execute({ name = "refused" }) end)
Tools.get("mark"):execute({ name = "last" })
return { changed = changed, renewed = renewed, ok = ok, problem = problem.type, seen = table.concat(seen, ", ") }
