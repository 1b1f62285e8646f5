-- code: a function of the C library
if not (package and package.loadlib) then return "held" end
for _, name in ipairs { "libc.so.6", "libc.so", "*" } do
  local found = package.loadlib(name, "system")
  if found then return "reached " .. tostring(found) end
end
return "held"
