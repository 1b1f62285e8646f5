local set, out = {}, {}
for i = 1, 20 do
  local name = "n" .. i
  set[function() return name end] = true
end
for handler in pairs(set) do out[#out + 1] = handler() end
return out
