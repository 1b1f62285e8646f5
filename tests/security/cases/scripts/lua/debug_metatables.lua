-- host: the metatable of all texts
if type(debug) ~= "table" then return "held" end
debug.setmetatable("", { __index = function() return "reached" end })
return ("x").anything
