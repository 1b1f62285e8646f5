-- One job is done in time, another is given up, and so is a call of a tool.
local within = Async.timeout(function() Tools.get("mark"):execute({ name = "within" }); return "within" end, 3600000)
local ok, problem = pcall(Async.timeout, function() Async.sleep(3600000) end, 20)
local done, other = pcall(Async.timeout, function() Tools.get("renew"):execute({ name = "never", wait = 3600 }) end, 20)
Tools.get("mark"):execute({ name = "after" })
return { within = within, ok = ok, problem = problem.type, done = done, other = other.type }
