-- run: the hooks of another run, listed and taken away
local count = 0
for _, hook in ipairs(Hooks.list("before_tool_execution")) do
  if hook.name == "other_hook" then count = count + 1 end
end
local ok, gone = pcall(Hooks.unregister, "before_tool_execution", "other_hook")
return (count > 0 or ok and gone) and "reached" or "held"
