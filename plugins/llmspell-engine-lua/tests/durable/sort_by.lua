local names = {}
for i = 1, 50 do names[i] = "n" .. i * 37 % 53 end
table.sort(names, function(a, b) return #a < #b end)
return names
