local out = {}
for name in pairs(_G) do out[#out + 1] = name end
for name in pairs(string) do out[#out + 1] = name end
one, two, three = 1, 2, 3
for name, value in pairs(_G) do if type(value) == "number" then out[#out + 1] = name end end
return out
