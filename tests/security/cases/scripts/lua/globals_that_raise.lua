-- host: the engine's end, by globals whose absence is an error
setmetatable(_G, { __index = function() error("none") end })
local ok, tools = pcall(Tools.list)
return ok and #tools > 0 and "held" or "reached"
