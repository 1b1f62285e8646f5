-- run: an object of another run, by a table that looks like its form on the wire
local echo = Tool.new { name = "echo", description = "x", parameters = { value = {} }, execute = function(given) return given.value end }
for _, kind in ipairs { "agent", "tool", "state", "session", "spell", "function", "hook" } do
  for id = 1, 20 do
    local answer = echo:execute { value = { ["$h"] = { kind, id } } }.result
    if type(answer) ~= "table" or getmetatable(answer) ~= nil then return "reached " .. kind .. id end
  end
end
return "held"
