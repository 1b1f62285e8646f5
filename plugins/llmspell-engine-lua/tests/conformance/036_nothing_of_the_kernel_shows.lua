local said = {}
local function try(work, ...)
  local _, e = pcall(work, ...)
  said[#said + 1] = e.message .. "\n" .. (e.stack or "") .. "\n" .. (e.where or "")
end
try(function() Tools.fail:execute({message = 5}) end)
try(function() Tools.crash:execute() end)
try(Tools.get, "gone")
try(Agent.new, 5)
try(Storage.set, "function", print)
try(Events.subscribe, "x", 5)
try(require, "gone")
return table.concat(said, "\n")
