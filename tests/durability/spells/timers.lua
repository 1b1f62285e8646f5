-- What is done later, called off, waited for, and let go of.
local told, done = {}, false
local function say(tool, name) return Tools.get(tool):execute({ name = name }).result end
Async.schedule(20, function() say("mark", "later"); told[#told + 1] = "later"; done = true end)
Async.schedule(5, function() say("look", "soon"); told[#told + 1] = "soon" end)
local never = Async.schedule(3600000, function() say("mark", "never") end)
never.cancel()
say("mark", "first")
Async.yield_until(function() return done end)
local settled = Async.all_settled({ function() return say("look", "settled") end, function() Async.sleep(3); error({ message = "no" }) end })
local used = Async.with_resource({ acquire = function() say("mark", "opened"); return "opened" end, release = function() say("mark", "closed") end },
  function(held) Async.sleep(2); return held end)
Async.schedule(3600000, function() say("mark", "after the end") end)
table.sort(told)
return { told = told, settled = { settled[1].status, settled[2].status }, used = used }
