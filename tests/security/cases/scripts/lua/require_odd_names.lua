-- file: a module by a name that is not what it seems
local names = {
  "link\0.lua", "..\\outside\\secret", "%2e%2e/outside/secret", "\u{2024}\u{2024}/outside/secret", "~/secret",
  "..%2foutside%2fsecret", "....//outside/secret", "..;/outside/secret", "\u{202e}secret", ("../"):rep(64) .. "etc/hostname",
}
for _, name in ipairs(names) do
  local ok, found = pcall(require, name)
  if ok then return "reached " .. tostring(found) end
end
return "held"
