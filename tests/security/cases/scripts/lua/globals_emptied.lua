-- host: the engine, when nothing of the language is left
local list, print = Tools.list, print
for _, space in ipairs { string, table, math, coroutine, utf8, os } do
  for name in next, space do space[name] = nil end
end
for _, name in ipairs { "next", "type", "pcall", "select", "tostring", "error", "setmetatable", "rawget", "load" } do _G[name] = nil end
print(list())
return "held"
