local agent = Agent.new({name = "a", tools = {"wait_for"}})
for part in agent:stream("go") do
  if part.type == "finish" then
    Tools.wait_for:execute({gate = "never awaited"})
    break
  end
end
return Tools.wait_for:execute({gate = "never given up", value = "closed"}).result
