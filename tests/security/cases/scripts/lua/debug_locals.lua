-- host: the variables of whoever called the script
if type(debug) ~= "table" then return "held" end
for level = 1, 20 do
  local ok, name, value = pcall(debug.getlocal, level, 1)
  if ok and name and type(value) == "table" then return "reached " .. name end
end
return "held"
