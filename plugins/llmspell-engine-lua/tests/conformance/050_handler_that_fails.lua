local heard = {}
Events.subscribe("ping", function() error("broken") end)
Events.subscribe("ping", function(event) heard[#heard + 1] = event.data.by end)
Events.emit("ping", {by = 1})
Events.emit("ping", {by = 2})
Events.flush()
return heard
