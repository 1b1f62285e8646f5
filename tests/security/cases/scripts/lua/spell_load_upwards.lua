-- file: another spell outside the folder
for _, path in ipairs { "../outside/secret.lua", params.folder .. "/secret.lua", "./x/../../outside/secret.lua", "link.lua" } do
  local ok, found = pcall(Spell.load, path)
  if ok then return "reached " .. tostring(found) end
end
return "held"
