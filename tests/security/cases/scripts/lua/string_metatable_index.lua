-- host: the table behind the methods of texts, shared with the engine
local mt = getmetatable("")
if type(mt) ~= "table" then return "held" end
mt.__index = function() return function() return "reached" end end
return ("x"):upper()
