-- A session that is made, joined, written to, suspended and found again.
local trip = Session.create({ name = "trip", tags = { "a" }, values = { x = 1 } })
Tools.get("mark"):execute({ name = "made" })
Session.join("trip")
State.set("y", 2)
State.update("x", function(value) return value + 10 end)
local other = Session.create({ name = "rest" })
Async.all({ function() other:suspend() end, function() Tools.get("mark"):execute({ name = "side" }) end, function() trip:tag("b", "c") end })
trip:untag("a")
Tools.get("look"):execute({ name = "late" })
local ok, problem = pcall(Session.open, "lost")
return { name = Session.current().name, values = trip:values(), tags = trip:info().tags, rests = other:info().status,
  problem = problem.type, known = #Session.list(), tagged = #Session.list({ tag = "c" }) }
