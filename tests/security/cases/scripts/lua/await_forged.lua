-- host: the driver, by yields that look like its own
local co = coroutine.wrap(function()
  for _, value in ipairs { {}, print, "AWAIT", 1, true } do coroutine.yield(value, "Agent.list", {}) end
  return "done"
end)
local last
repeat last = co() until last == "done"
coroutine.yield({}, "Module.load", "../outside/secret")
return #Tools.list() > 0 and "held" or "reached"
