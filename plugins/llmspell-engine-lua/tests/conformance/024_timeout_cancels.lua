local ok, fault = pcall(Async.timeout, function() Tools.wait_for:execute({gate = "never"}) end, 50)
return {ok, fault.type, Tools.wait_for:execute({gate = "never given up", value = "cancelled"}).result}
