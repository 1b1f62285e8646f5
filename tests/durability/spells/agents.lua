-- Agents side by side, and one as the tool of another.
local one = Agent.create({ name = "one", model = "counted", tools = { "mark" } })
local two = Agent.create({ name = "two", model = "counted", tools = { "mark" } })
local sides = Async.all({ function() return one:chat("use mark name=one") end, function() return two:chat("use mark name=two") end })
local boss = Agent.create({ name = "boss", model = "counted", tools = { one:as_tool({ name = "expert", description = "Knows." }) } })
local answer = boss:chat("use expert input=use_mark_name=three")
return { sides = sides, answer = answer }
