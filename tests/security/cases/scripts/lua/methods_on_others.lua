-- run: a method called with an object of another kind
local agent, hook = Agent.new { name = "mine" }, Hooks.register("before_tool_execution", function() end)
for _, wrong in ipairs { hook, {}, 1, "other_agent", print, Tools, JSON.null } do
  if pcall(function() return agent.get_config(wrong) end) then return "reached" end
end
return "held"
