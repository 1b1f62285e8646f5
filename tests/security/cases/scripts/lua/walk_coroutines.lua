-- host: a coroutine of the engine's below the script's own
local co, is_main = coroutine.running()
if is_main then return "reached the main coroutine of the state" end
for _, value in pairs(_G) do
  if type(value) == "thread" then return "reached a coroutine" end
end
return "held"
