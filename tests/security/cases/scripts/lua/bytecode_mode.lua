-- code: a mode that allows bytecode, in its spellings
for _, mode in ipairs { "b", "bt", "tb", "B", "t\0b", "*" } do
  local ok, chunk = pcall(load, "\27Lua", "x", mode)
  if ok and chunk then return "reached " .. mode end
end
return "held"
