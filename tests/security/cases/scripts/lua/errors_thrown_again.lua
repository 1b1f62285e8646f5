-- run: the value that cancels, raised where nothing was cancelled
local got
local function wait()
  local guard <close> = setmetatable({}, { __close = function(_, reason) got = reason end })
  Async.sleep(10000)
end
Async.race { wait, function() return 1 end }
local after = 0
Async.schedule(1, function() after = 1 error(got, 0) end)
Async.yield_until(function() return after == 1 end)
return #Tools.list() > 0 and "held" or "reached"
