-- file: a text that is run as a spell of Python's
for _, path in ipairs { "link.txt", "../outside/secret.txt", "/proc/self/environ", "link.py" } do
  local ok, found = pcall(Spell.load, path)
  if ok then return "reached " .. tostring(found) end
end
return "held"
