local heard, kept = 0, 0
local function handler() heard = heard + 1 end
Events.subscribe("ping", handler)
Events.subscribe("ping", function() kept = kept + 1 end)
Events.emit("ping")
Events.flush()
local removed = Events.unsubscribe("ping", handler)
Events.emit("ping")
Events.flush()
return {removed, heard, kept}
