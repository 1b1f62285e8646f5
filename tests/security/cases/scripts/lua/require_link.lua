-- file: a module that is a link out of the spell's folder
for _, name in ipairs { "link", "./link", "link.lua", "./link.lua" } do
  local ok, found = pcall(require, name)
  if ok then return found end
end
return "held"
