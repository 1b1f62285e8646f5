-- host: what the engine's functions hold
if type(debug) ~= "table" then return "held" end
for _, fn in ipairs { print, require, load, pcall, Agent.new } do
  for at = 1, 50 do
    local name, value = debug.getupvalue(fn, at)
    if not name then break end
    if type(value) == "table" then return "reached " .. name end
  end
end
return "held"
