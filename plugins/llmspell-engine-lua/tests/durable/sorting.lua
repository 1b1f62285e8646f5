local list, out = {}, {}
for i = 1, 500 do list[i] = i % 2 == 0 and i // 10 or (i // 10) + 0.0 end
table.sort(list)
for i, item in ipairs(list) do out[i] = math.type(item) end
local order = { __lt = function(a, b) out[#out + 1] = a.id .. "<" .. b.id return a.key < b.key end }
local things = {}
for i = 1, 30 do things[i] = setmetatable({ key = i % 4, id = i }, order) end
table.sort(things)
for _, thing in ipairs(things) do out[#out + 1] = thing.id end
return { out, select(2, pcall(table.sort, { 1, "x", 2 })), select(2, pcall(table.sort, { {}, {} })) }
