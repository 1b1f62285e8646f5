local ok, fault = pcall(Async.timeout, function() Async.sleep(1000) end, 10)
local tries = 0
local value = Async.retry(function() tries = tries + 1 if tries < 3 then error("again") end return math.random(1000) end, { attempts = 4, delay = 5 })
Async.schedule(20, function() print("later", os.time(), math.random(100)) end)
Async.sleep(40)
return { ok, fault.message, value, tries }
