local agent = Agent.new({name = "a", tools = {"echo"}})
local seen = 0
local ok, fault = pcall(function()
  for _ in agent:stream("go") do seen = seen + 1 end
end)
return {ok, fault.type, seen > 0}
