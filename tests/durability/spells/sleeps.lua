-- Pauses, one after the other and side by side, and what is scheduled and left behind when the spell ends.
Async.sleep(10)
Tools.get("mark"):execute({ name = "after one" })
local order = {}
Async.all({
  function() Async.sleep(30); order[#order + 1] = 3 end,
  function() Async.sleep(10); order[#order + 1] = 1; Tools.get("mark"):execute({ name = "early" }) end,
})
Async.schedule(3600000, function() Tools.get("mark"):execute({ name = "never" }) end)
return { order = #order }
