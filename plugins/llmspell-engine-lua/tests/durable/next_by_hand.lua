local t, out = { b = 1, a = 2, c = 3, [2] = 4 }, {}
local k, v = next(t)
while k do
  out[#out + 1] = k .. v
  t[k] = nil
  k, v = next(t)
end
t = { z = 1, y = 2 }
return { out, next({}), { next(t) }, { next(t, "y") }, next(t, "z") == nil, rawequal(next(t, "a"), "y") }
