-- code: ranges of table.unpack that overflow a count
for _, range in ipairs { { 0, 2 ^ 31 }, { -2 ^ 31, 2 ^ 31 - 1 }, { math.mininteger, math.maxinteger }, { 1, math.maxinteger }, { 2 ^ 62, 2 ^ 62 + 10 } } do
  local ok, value = pcall(table.unpack, {}, range[1], range[2])
  if ok and value ~= nil then return "reached" end
end
return "held"
