-- Leave an agent that waits for a person.
local janitor = Agent.new({ name = "janitor", tools = { "calculator" }, approve = { "calculator" } })
local result = janitor:execute("What is six times seven?")
Storage.set("waiting", { state = JSON.stringify(result.state), call = result.pending[1].id })
return result.status
