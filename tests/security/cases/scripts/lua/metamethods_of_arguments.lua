-- host: what the engine hands to metamethods of a value that crosses
local strange
local function note(...)
  for at = 1, select("#", ...) do
    local value = select(at, ...)
    if type(value) == "function" or type(value) == "thread" or type(value) == "userdata" then strange = type(value) end
  end
  return nil
end
local trap = setmetatable({ a = 1 }, { __index = note, __pairs = note, __len = note, __call = note, __eq = note, __name = "x", __tostring = note })
local echo = Tool.new { name = "echo", description = "x", parameters = { value = {} }, execute = function(given) return given.value end }
pcall(echo.execute, echo, { value = trap })
pcall(JSON.encode, trap)
pcall(print, trap)
pcall(State.set, "x", trap)
return strange and "reached a " .. strange or "held"
