-- file: a module above the spell's folder
for _, name in ipairs { "../outside/secret", "../outside/secret.lua", "..outside.secret", "./../outside/secret", "x/../../outside/secret" } do
  local ok, found = pcall(require, name)
  if ok then return found end
end
return "held"
