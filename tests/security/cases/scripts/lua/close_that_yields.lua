-- code: closing variables that yield, fail and close again
local co
co = coroutine.create(function()
  local a <close> = setmetatable({}, { __close = function() coroutine.yield(1) error("a") end })
  local b <close> = setmetatable({}, { __close = function() pcall(coroutine.close, co) error("b") end })
  coroutine.yield(0)
end)
coroutine.resume(co)
for _ = 1, 5 do pcall(coroutine.close, co) pcall(coroutine.resume, co) end
return "held"
