-- host: a finalizer that is put into the metatable afterwards
local ran = false
local mt = {}
for _ = 1, 1000 do pcall(setmetatable, {}, mt) end
mt.__gc = function() ran = true end
for _ = 1, 1000 do pcall(setmetatable, {}, mt) end
local held = {}
for at = 1, 100000 do held = { at } end
return ran and "reached" or "held"
