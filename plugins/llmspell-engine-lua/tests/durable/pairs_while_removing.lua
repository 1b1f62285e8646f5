local t, out = {}, {}
for i = 1, 30 do t["k" .. i], t[i], t[{ id = i }] = i, i, i end
for k, v in pairs(t) do
  out[#out + 1] = v
  t[k] = nil
end
return { out, next(t) == nil }
