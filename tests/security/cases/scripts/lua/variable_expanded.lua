-- variable: its name in braces, where texts are expanded
local text = "${" .. params.variable .. "}"
local seen = {}
pcall(function() Config.set("agents.default", text) end)
for _, attempt in ipairs {
  function() return Agent.new { name = "a", system_prompt = text }:get_config() end,
  function() return Tool.new { name = "x", description = text, parameters = {}, execute = print }.description end,
  function() return Config.get("agents.default") end,
  function() State.set("x", text) return State.get("x") end,
} do
  local ok, value = pcall(attempt)
  seen[#seen + 1] = ok and JSON.encode { value } or ""
end
return table.concat(seen):find("variable-", 1, true) and table.concat(seen) or "held"
