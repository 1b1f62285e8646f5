local set, out = {}, {}
for i = 1, 40 do set[{ id = i * 13 % 41 }] = i end
for one, i in pairs(set) do out[#out + 1] = one.id .. ":" .. i end
for one in pairs(set) do one.id = 0 end
for _, i in pairs(set) do out[#out + 1] = i end
return out
