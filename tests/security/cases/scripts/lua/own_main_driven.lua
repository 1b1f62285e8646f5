-- host: the engine's coroutine of the script, run to its end by a branch while it waits
local main = coroutine.running()
local ok, problem
local function forge()
  ok, problem = pcall(Async.run, main)
end
local results = Async.all { function() return Tools.list() end, forge }
return not ok and #results[1] > 0 and "held" or "reached"
