-- run: an agent that another run has made
for _, agent in ipairs(Agent.list()) do
  if agent.name == "other_agent" then return "reached" end
end
local ok, found = pcall(Agent.get, "other_agent")
return ok and "reached" or "held"
