-- file: a module by its whole path
for _, name in ipairs { params.folder .. "/secret", params.folder .. "/secret.lua", "file://" .. params.folder .. "/secret.lua", "//" .. params.folder .. "/secret.lua" } do
  local ok, found = pcall(require, name)
  if ok then return found end
end
return "held"
