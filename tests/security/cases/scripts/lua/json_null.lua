-- host: the value for null, which every run of the engine has
local null = JSON.null
pcall(setmetatable, null, { __index = _G })
pcall(rawset, null, "poison", true)
local mt = getmetatable(null)
if type(mt) == "table" then return "reached its metatable" end
local again = JSON.decode("[null]")
return "held"
