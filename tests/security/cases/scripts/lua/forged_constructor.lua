-- host: a constructor by a name that only looks like a tool's
for _, name in ipairs { "OsTool", "PythonTool", "__import__Tool", "SystemTool", "X\",\"op\":\"Y\"Tool", "EvalTool" } do
  local ok, found = pcall(function() return _G[name].new {} end)
  if ok then return "reached " .. name end
end
return "held"
