-- Facts of an agent, a conversation that is kept, and texts found by meaning.
local agent = Agent.create({ name = "butler", model = "counted", tools = { "mark" }, memory = { persist = "evenings", messages = 6 } })
agent:remember("birthday", "10 December")
agent:remember("Ada likes green tea")
agent:chat("hello")
agent:chat("use mark name=tea")
local birthday = agent:recall("birthday")
local tea = agent:recall("what tea does she like", { limit = 1 })[1].text
local forgotten = agent:forget("birthday")
Memory.add({ { text = "the cat sleeps", key = "cat" }, { text = "the train is late", key = "train" } }, { model = "words/words-512" })
Tools.get("mark"):execute({ name = "between" })
Memory.forget("train")
local found = Memory.search("where does the cat sleep", { limit = 1 })
return { birthday = birthday, tea = tea, forgotten = forgotten, kept = #agent:history(), found = found[1].key, left = #Memory.list() }
