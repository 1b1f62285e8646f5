-- run: fields of an object of the API, written past it
local agent = Agent.new { name = "mine" }
pcall(rawset, agent, "id", 1)
pcall(rawset, agent, "execute", function() return "forged" end)
pcall(function() agent.name = "other_agent" end)
local other = setmetatable({}, { __index = agent })
local ok = pcall(function() return agent.get_config(other) end)
return ok and "reached" or "held"
