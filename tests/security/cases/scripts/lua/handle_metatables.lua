-- host: what is behind an object of the API
local agent = Agent.new { name = "mine" }
for _, value in ipairs { agent, Tools, JSON, require("llmspell"), Tool } do
  if type(getmetatable(value)) == "table" then return "reached a metatable" end
  if pcall(setmetatable, value, {}) then return "reached by setmetatable" end
end
for key, value in next, agent do return "reached " .. tostring(key) end
return "held"
