local t, out = { 5, 6, 7, x = 1, y = 2, [true] = 3, [false] = 4, [-1] = 5, [1.5] = 6, [2 ^ 53] = 7 }, {}
t[{ name = "b" }], t[{ name = "a" }], t[{ name = "c", more = 1 }] = 1, 2, 3
t[print], t[string.rep], t[function() end] = 4, 5, 6
t[coroutine.create(print)] = 7
for k, v in pairs(t) do out[#out + 1] = tostring(k) .. "=" .. v end
return out
