-- A conversation that goes from one agent to another.
local second = Agent.create({ name = "second", model = "counted", tools = { "mark" } })
local first = Agent.create({ name = "first", model = "counted", tools = { "mark" } })
local one = first:chat("use mark name=one")
local given = first:handoff({ to = "second", input = "use mark name=two" })
local third = first:delegate_to(second, "use mark name=three")
return { one = one, given = given.success, third = third.success }
