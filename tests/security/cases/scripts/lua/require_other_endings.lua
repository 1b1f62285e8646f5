-- file: a text that is no module, read as one
for _, name in ipairs { "link.txt", "./link.txt", "../outside/secret.txt", "secret.txt", "./.", "./" } do
  local ok, found = pcall(require, name)
  if ok then return found end
end
return "held"
