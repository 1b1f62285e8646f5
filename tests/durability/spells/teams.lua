-- A team at work side by side and in turn, and a model that hands over to another agent.
local function member(name) return Agent.create({ name = name, model = "counted", tools = { "mark" } }) end
local sides = Collaboration.start({ agents = { member("north"), member("south") }, strategy = "parallel", steps = {
  { agent = "north", name = "one", task = "use mark name=north" }, { agent = "south", name = "two", task = "use mark name=south" } } })
local turns = Collaboration.start({ agents = { member("first"), member("last") }, task = "tell" })
local billing = Agent.create({ name = "billing", model = "counted", description = "Knows bills.", tools = { "look" } })
local triage = Agent.create({ name = "triage", model = "counted", handoffs = { billing } })
local given = triage:execute("use transfer_to_billing reason=money")
return { sides = sides.success, asked = sides.usage.requests, turns = turns.usage.requests, agent = given.metadata.agent }
