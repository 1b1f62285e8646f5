-- run: the values of another run, by keys that lead out of one's own part of the store
local seen = {}
for _, key in ipairs { "../other/kept", "other/kept", "other\0kept", "/kept", "run:other:kept", "kept\0", "%2e%2e/kept", "*" } do
  for _, space in ipairs { State, Storage } do
    local ok, value = pcall(space.get, key)
    if ok and value ~= nil then seen[#seen + 1] = tostring(value) end
  end
end
return #seen > 0 and table.concat(seen) or "held"
