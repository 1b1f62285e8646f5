-- Pauses, one after the other and side by side, and what is scheduled.
Async.sleep(10)
Tools.get("mark"):execute({ name = "after one" })
local order = {}
Async.all({
  function() Async.sleep(30); order[#order + 1] = 3 end,
  function() Async.sleep(10); order[#order + 1] = 1; Tools.get("mark"):execute({ name = "early" }) end,
})
local later = Async.run(Async.schedule(5, function() Tools.get("mark"):execute({ name = "later" }); return "later" end))
return { order = #order }
