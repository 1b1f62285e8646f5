local tried = 0
local value = Async.retry(function()
  tried = tried + 1
  if tried < 3 then Tools.fail:execute() end
  return "third time"
end, {attempts = 4})
local again = 0
local ok, fault = pcall(Async.retry, function() again = again + 1 Tools.fail:execute() end, {attempts = 2})
return {value, tried, ok, fault.type, again}
