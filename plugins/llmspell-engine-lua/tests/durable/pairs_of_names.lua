local t, out = {}, {}
for i = 1, 60 do t["key" .. i * 7 % 61] = i end
for k, v in pairs(t) do out[#out + 1] = k .. v end
for k in next, t do out[#out + 1] = k end
return out
