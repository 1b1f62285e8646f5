-- host: the functions of lupa that stay when its switches are off
for _, name in ipairs { "as_attrgetter", "as_itemgetter", "as_function", "iter", "enumerate", "args", "none", "set_overflow_handler" } do
  if rawget(_G, name) ~= nil or _G.string[name] or _G.table[name] then return "reached " .. name end
end
return "held"
