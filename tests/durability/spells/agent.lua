-- One conversation over several requests, with tools.
local agent = Agent.create({ name = "writer", model = "counted", tools = { "mark", "look" } })
local one = agent:chat("hello")
local two = agent:chat("use mark name=first and use look name=second")
local three = agent:chat("and now")
return { one = one, two = two, three = three, messages = #agent:history() }
