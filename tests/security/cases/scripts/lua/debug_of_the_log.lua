-- host: a library behind the log's function `debug`
local found = {}
for _, name in ipairs { "getinfo", "getregistry", "sethook", "getupvalue", "traceback" } do
  local ok, value = pcall(function() return debug[name] end)
  if ok and value ~= nil then found[#found + 1] = name end
end
return #found > 0 and "reached " .. table.concat(found, " ") or "held"
