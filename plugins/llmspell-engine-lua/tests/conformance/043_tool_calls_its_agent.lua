local agent
local depth = 0
local deeper = Tool.new({name = "deeper", execute = function()
  depth = depth + 1
  if depth == 2 then return {said = "ground"} end
  return {said = "under " .. agent:chat("once more")}
end})
agent = Agent.new({name = "a", tools = {deeper}})
return agent:chat("go")
