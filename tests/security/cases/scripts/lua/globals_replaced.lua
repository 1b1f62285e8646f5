-- host: the engine's look at globals, caught by a metatable of theirs
local asked = {}
setmetatable(_G, { __index = function(_, name) asked[#asked + 1] = tostring(name) end, __newindex = function() end })
pcall(function() return Tools.list() end)
pcall(function() print("x") end)
for _, name in ipairs(asked) do
  if name ~= "Tools" and name ~= "print" then return "reached " .. name end
end
return "held"
