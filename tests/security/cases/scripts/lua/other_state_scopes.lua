-- run: the values of another run, by the scopes that are known
local seen = {}
for _, scope in ipairs { { "shared" }, { "spell", "other" }, { "run", "other" }, { "agent", "other_agent" }, { "session", "other" }, { "global" } } do
  local ok, value = pcall(function() return State.scope(table.unpack(scope)):get("kept") end)
  if ok and value ~= nil then seen[#seen + 1] = tostring(value) end
end
return #seen > 0 and table.concat(seen) or "held"
