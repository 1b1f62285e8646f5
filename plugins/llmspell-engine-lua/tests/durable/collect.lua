local ok, fault = pcall(collectgarbage, "count")
return { ok, fault.message, collectgarbage(), collectgarbage("step"), select(2, pcall(collectgarbage, "stop")) }
