-- Facts of an agent, and a conversation that is kept.
local agent = Agent.create({ name = "butler", model = "counted", tools = { "mark" }, memory = { persist = "evenings", messages = 6 } })
agent:remember("birthday", "10 December")
agent:remember("Ada likes green tea")
agent:chat("hello")
agent:chat("use mark name=tea")
local birthday = agent:recall("birthday")
local tea = agent:recall("what tea does she like", { limit = 1 })[1].text
local forgotten = agent:forget("birthday")
Tools.get("mark"):execute({ name = "between" })
return { birthday = birthday, tea = tea, forgotten = forgotten, kept = #agent:history() }
