-- host: the error as it is before it is described, in a message handler
local got
xpcall(function() Agent.get("nobody") end, function(problem) got = problem return problem end)
return type(got) == "userdata" and "reached" or "held"
