-- host: objects that the wire makes of forms that a script may not send
local echo = Tool.new { name = "echo", description = "x", parameters = { value = {} }, execute = function(given) return given.value end }
for _, form in ipairs { { ["$b"] = "AAAA" }, { ["$d"] = "2000-01-01" }, { ["$i"] = "1" }, { ["$py"] = "os" }, { ["$"] = 1 }, { ["$$h"] = { "agent", 1 } } } do
  local answer = echo:execute({ value = form }).result
  if JSON.encode(answer) ~= JSON.encode(form) then return "reached " .. JSON.encode(answer) end
end
return "held"
