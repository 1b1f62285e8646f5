local heard = {}
Events.subscribe("ping", function(event)
  heard[#heard + 1] = Tools.echo:execute({value = event.data.by}).result
end)
Events.emit("ping", {by = 1})
Events.emit("ping", {by = 2})
Events.flush()
return heard
