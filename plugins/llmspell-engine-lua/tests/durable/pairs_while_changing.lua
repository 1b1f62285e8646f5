local t, out = {}, {}
for i = 1, 20 do t["k" .. i] = i end
for k, v in pairs(t) do
  t[k] = v + 1
  if v % 3 == 0 then t["k" .. (v % 20 + 1)] = nil end
  for inner in pairs(t) do if inner > k then out[#out + 1] = inner break end end
  out[#out + 1] = k
end
return out
