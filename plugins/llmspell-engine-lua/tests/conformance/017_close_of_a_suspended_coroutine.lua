local noted
local work = coroutine.create(function()
  local guard <close> = setmetatable({}, {__close = function() noted = "closed" end})
  coroutine.yield("suspended")
end)
local _, state = coroutine.resume(work)
return {state, coroutine.close(work), coroutine.status(work), noted}
