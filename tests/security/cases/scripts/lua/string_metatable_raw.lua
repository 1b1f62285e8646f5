-- run: the table of methods by its name, changed for everybody
function string.upper() return params.variable end
local ok, text = pcall(JSON.encode, { a = "x" })
if not ok or text ~= '{"a":"x"}' then return "reached " .. tostring(text) end
return "held"
