-- run: methods of texts that the next run would find
pcall(setmetatable, "", { __index = { upper = function() return "poison" end } })
return ("x"):upper() == "X" and "held" or "reached"
