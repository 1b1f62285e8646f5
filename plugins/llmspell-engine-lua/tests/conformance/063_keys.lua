local KEYS = {"1", "__proto__", "constructor", "ключ", "$h", ""}
local map = {
  ["1"] = "one", ["__proto__"] = "proto", constructor = "made", ["ключ"] = "unicode", ["$h"] = "form", [""] = "empty",
}
local back = Tools.tell:execute({value = map}).result
local found = {}
for _, key in ipairs(KEYS) do
  found[#found + 1] = back[key]
end
Tools.tell:execute({value = {[10] = "ten"}})
return found
