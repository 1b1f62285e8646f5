-- code: ranges of table.move, insert and remove that overflow an index
local t = { 1, 2, 3 }
for _, attempt in ipairs {
  function() table.move(t, math.mininteger, -1, math.maxinteger) end,
  function() table.move(t, 1, 3, math.maxinteger - 1) end,
  function() table.insert(t, math.maxinteger, 1) end,
  function() table.insert(setmetatable({}, { __len = function() return math.maxinteger end }), 1) end,
  function() table.remove(setmetatable({}, { __len = function() return math.mininteger end })) end,
} do
  pcall(attempt)
end
return #t == 3 and t[1] == 1 and "held" or "reached"
