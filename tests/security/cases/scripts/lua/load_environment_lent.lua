-- host: names that the engine looks up in an environment of the script's
local asked = {}
local env = setmetatable({}, { __index = function(_, name) asked[#asked + 1] = name return _G[name] end })
load("local x = ('a'):upper() return x", "x", "t", env)()
for _, name in ipairs(asked) do
  if name ~= "string" then return "reached " .. name end
end
return "held"
