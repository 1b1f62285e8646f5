-- host: names that older versions of Lua had
for _, name in ipairs { "loadstring", "setfenv", "getfenv", "module", "newproxy", "gcinfo", "unpack", "jit", "ffi" } do
  if rawget(_G, name) ~= nil then return "reached " .. name end
end
return "held"
