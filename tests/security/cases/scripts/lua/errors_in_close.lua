-- host: the value that cancels, as a closing variable is given it
local got
local function wait()
  local guard <close> = setmetatable({}, { __close = function(_, reason) got = reason end })
  Async.sleep(10000)
end
Async.race { wait, function() return 1 end }
if type(got) == "userdata" or type(got) == "thread" then return "reached a " .. type(got) end
if type(got) == "table" and next(got) ~= nil then return "reached what is in it" end
return "held"
