local function work()
  local guard <close> = setmetatable({}, {__close = function() Tools.tell:execute({value = "closed"}) end})
  Tools.tell:execute({value = "worked"})
  error("left")
end
local ok = pcall(work)
return ok
