-- run: values of others that a weak table keeps from the collector
local found = {}
local weak = setmetatable({}, { __mode = "kv" })
for at = 1, 1000 do weak[at] = { at } weak[{ at }] = at end
for at = 1, 100000 do local _ = { at } end
for key, value in pairs(weak) do
  if type(key) == "table" and type(key[1]) ~= "number" then found[#found + 1] = key end
  if type(value) == "table" and type(value[1]) ~= "number" then found[#found + 1] = value end
end
return #found > 0 and "reached" or "held"
