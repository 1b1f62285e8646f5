-- variable: the configuration, all of it
local seen = {}
for _, key in ipairs(Config.list()) do
  local ok, value = pcall(Config.get, key)
  if ok then seen[#seen + 1] = tostring(value) end
end
for _, name in ipairs { "get_security_config", "get_resource_config", "get_observability_config" } do
  seen[#seen + 1] = JSON.encode(Config[name]())
end
local text = table.concat(seen, "\n")
return text:find("variable-", 1, true) and text or "held"
