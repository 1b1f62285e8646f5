-- host: numbers that overflow in os.time
for _, year in ipairs { math.maxinteger, math.mininteger, 2 ^ 31, -2 ^ 31, 1e300 } do
  pcall(os.time, { year = year, month = year, day = year, hour = year })
end
local ok, value = pcall(os.time, setmetatable({}, { __index = function() return 1 end }))
return ok and type(value) ~= "number" and "reached" or "held"
