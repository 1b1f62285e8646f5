local function hundred()
  local jobs = {}
  for i = 1, 100 do
    jobs[i] = function() return Events.subscribe("ping", function() return i end) end
  end
  local subscriptions = Async.all(jobs)
  for i, one in ipairs(subscriptions) do
    jobs[i] = function() return Events.unsubscribe(one) end
  end
  Async.all(jobs)
end
local function held()
  Events.flush()
  return Tools.callbacks:execute().result
end
hundred()
local before = held()
for _ = 1, 10 do hundred() end
return held() - before
