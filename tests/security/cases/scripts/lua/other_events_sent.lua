-- run: a handler of another run, by an event of this one
Events.emit("other_beat", { forged = true })
Events.emit { type = "other_beat", source = "other", data = { forged = true } }
Events.emit_sync("other_beat", { forged = true })
Events.flush()
Async.sleep(60)
return "held"
