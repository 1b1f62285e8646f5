local cyclic = {}
cyclic.me = cyclic
local found = {}
for i, one in ipairs({"text", 5, true, {}, {message = {}}, {type = 5}, print, cyclic}) do
  local parsed = ErrorHandler.parse(one)
  found[i] = type(parsed.type) == "string" and type(parsed.message) == "string"
end
found[#found + 1] = type(ErrorHandler.parse(nil).message) == "string"
return found
