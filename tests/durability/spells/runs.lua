-- What a run is told of itself, before and after it did something.
local me = Runs.current()
Tools.get("mark"):execute({ name = "one" })
local ok, problem = pcall(Runs.get, "no-such-run")
local before = #Runs.list({ status = "done" })
Tools.get("look"):execute({ name = "two" })
return { name = me.name, durable = me.durable, done = before, problem = problem.type, again = Runs.current().name }
