-- One effect after the other, of each class, one that fails, a random number and the time.
Tools.get("mark"):execute({ name = "one" })
local seen = Tools.get("look"):execute({ name = "two" }).result
local again = Tools.get("renew"):execute({ name = "three" }).result
local ok, problem = pcall(function() return Tools.get("broken"):execute({ name = "four" }) end)
Tools.get("mark"):execute({ name = "five" })
return { seen = seen, again = again, ok = ok, problem = problem.type, chance = math.random(1, 1) }
