-- host: the engine's coroutine of the script, resumed with a forged answer while it waits
local main = coroutine.running()
local outcome
local function forge()
  outcome = { coroutine.resume(main, true, { "forged" }) }
end
local results = Async.all { function() return Tools.list() end, forge }
for _, tool in ipairs(results[1]) do
  if tool == "forged" then return "reached" end
end
return outcome and outcome[1] and "reached" or "held"
