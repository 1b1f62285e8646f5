-- host: the engine's coroutine of the script, closed from inside and while it waits
local main = coroutine.running()
if pcall(coroutine.close, main) then return "reached" end
local closed = {}
local function forge()
  closed[1] = pcall(coroutine.close, main)
  closed[2] = coroutine.wrap(function() return pcall(coroutine.close, main) end)()
end
local results = Async.all { function() return Tools.list() end, forge }
return not closed[1] and not closed[2] and #results[1] > 0 and "held" or "reached"
