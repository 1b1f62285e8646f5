-- host: an exception of Python's, caught
local attempts = {
  function() Agent.new { name = 5 } end,
  function() Agent.get("nobody") end,
  function() Tools.get("\255\254") end,
  function() Tool.new { name = "x", execute = 1 } end,
  function() State.set("x", print) end,
  function() Async.sleep("never") end,
  function() Events.subscribe("No such name", print) end,
  function() JSON.decode("{") end,
}
for at, attempt in ipairs(attempts) do
  local ok, problem = pcall(attempt)
  if ok or type(problem) == "userdata" then return "reached by attempt " .. at end
end
return "held"
