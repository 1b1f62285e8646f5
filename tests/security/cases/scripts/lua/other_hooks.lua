-- run: what another run's tool is called with, by a hook of this one
local seen
for _, point in ipairs { "before_tool_execution", "after_tool_execution" } do
  Hooks.register(point, function(context) if context.tool == "other_tool" then seen = context end end)
end
Async.sleep(150)
return seen and JSON.encode(seen) or "held"
