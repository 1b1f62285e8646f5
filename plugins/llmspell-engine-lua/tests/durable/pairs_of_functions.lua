local a, b = function() return "a" end, function() return "b" end
local c = function() return "c" end
local handlers, out = { [c] = 1, [b] = 1, [a] = 1 }, {}
for handler in pairs(handlers) do out[#out + 1] = handler() end
for fn in pairs{ [string.len] = 1, [string.upper] = 1, [math.floor] = 1, [math.ceil] = 1, [os.difftime] = 1 } do
  out[#out + 1] = fn == math.floor and "floor" or fn == string.len and "len" or "other"
end
return out
