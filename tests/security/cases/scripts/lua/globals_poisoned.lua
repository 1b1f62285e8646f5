-- host: the engine, by functions of the language that report what they are called with
local seen = {}
for _, space in ipairs { string, table, math, coroutine } do
  for name, old in pairs(space) do
    space[name] = function(...) seen[#seen + 1] = name return old(...) end
  end
end
print("x", { 1, { 2 } })
Tools.list()
JSON.encode { a = { 1, 2 } }
local names = {}
for at = 1, #seen do names[seen[at]] = true end
return next(names) == nil and "held" or "reached " .. next(names)
