local function rounds(count)
  for _ = 1, count do
    local function handler() return count end
    Events.unsubscribe(Events.subscribe("ping", handler))
  end
  Events.flush()
  return Tools.callbacks:execute().result
end
local before = rounds(10)
return rounds(1000) - before
