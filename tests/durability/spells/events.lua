-- Handlers of events do things of their own.
local heard = {}
Events.subscribe("order_*", function(event)
  Tools.get("mark"):execute({ name = "for " .. event.name })
  heard[#heard + 1] = event.name
end)
Events.emit("order_placed", { number = 1 })
Events.flush()
Tools.get("look"):execute({ name = "between" })
Events.emit_sync("order_sent", { number = 1 })
Events.flush()
table.sort(heard)
return heard
