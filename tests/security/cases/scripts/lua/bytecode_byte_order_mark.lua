-- code: bytecode behind what a loader of files skips
for _, head in ipairs { "\239\187\191", "#!lua\n", "\n", " ", "#" } do
  local ok, chunk = pcall(load, head .. "\27LuaT")
  if ok and chunk then return "reached" end
end
return "held"
