-- process: tools by the names that others have for them
for _, name in ipairs { "process_executor", "shell", "bash", "terminal", "exec", "python", "system_monitor" } do
  local ok = pcall(function() return Tools.get(name):execute { command = "touch " .. params.folder .. "/mark" } end)
  if ok then return "reached by " .. name end
end
return "held"
