-- run: a tool that another run has made
for _, tool in ipairs(Tools.list()) do
  if tool.name == "other_tool" then return "reached " .. tostring(tool.description) end
end
local ok, answer = pcall(function() return Tools.get("other_tool"):execute {} end)
return ok and answer or "held"
