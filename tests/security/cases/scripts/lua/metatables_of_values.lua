-- host: metatables that functions, numbers and nothing have in common
for _, value in ipairs { print, 1, true, coroutine.create(print) } do
  local mt = getmetatable(value)
  if type(mt) == "table" then return "reached the metatable of a " .. type(value) end
end
return getmetatable(nil) == nil and "held" or "reached"
