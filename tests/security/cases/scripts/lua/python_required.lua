-- host: Python by the names that lupa registers
for _, name in ipairs { "python", "lupa", "python.builtins", "lupa.lua54", "_lupa" } do
  local ok, found = pcall(require, name)
  if ok and found then return "reached " .. name end
end
return "held"
