local function endless() while true do end end

if params.place == "handler" then
  Events.subscribe("looped", endless)
  Events.emit("looped", {})
  Async.sleep(60000)
elseif params.place == "coroutine" then
  coroutine.wrap(endless)()
elseif params.place == "finally" then
  local _ <close> = setmetatable({}, {__close = endless})
  error("left")
else
  Tool.new({name = "endless", execute = endless}):execute({})
end
