-- run: what another run emits, by its name and by every name
local heard
for _, pattern in ipairs { "other_*", "*", "other_beat" } do
  Events.subscribe(pattern, function(event) if event.name == "other_beat" then heard = event.data end end)
end
Async.sleep(150)
return heard and "reached " .. JSON.encode(heard) or "held"
