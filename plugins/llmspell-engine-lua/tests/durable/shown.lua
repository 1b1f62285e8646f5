local t = { list = { 1, 2 }, [true] = 1, [3.5] = 2, [function() end] = 3, [{ 1 }] = 4, z = { y = { x = {} } } }
print(t)
log("info", "shown", { b = 1, a = 2 })
print(setmetatable({ 1 }, { __tostring = function() return "mine" end }), { print, t })
return JSON.encode{ b = 1, a = { d = 1, c = 2 } }
