-- host: the engine, by calls in places where Lua cannot wait
local trap = setmetatable({}, {
  __index = function() return #Tools.list() end,
  __lt = function() return #Tools.list() > 0 end,
  __concat = function() return tostring(#Tools.list()) end,
  __tostring = function() return tostring(#Tools.list()) end,
})
for _, attempt in ipairs {
  function() return trap.x end, function() return trap < trap end, function() return trap .. "" end,
  function() return tostring(trap) end, function() table.sort({ trap, trap, trap }) end, function() return table.concat { trap } end,
} do
  pcall(attempt)
end
return #Tools.list() > 0 and "held" or "reached"
