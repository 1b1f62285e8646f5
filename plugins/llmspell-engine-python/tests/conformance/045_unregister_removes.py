heard = kept = 0


def handler(event):
    global heard
    heard += 1


def other(event):
    global kept
    kept += 1


await Events.subscribe("ping", handler)
await Events.subscribe("ping", other)
await Events.emit("ping")
await Events.flush()
removed = await Events.unsubscribe("ping", handler)
await Events.emit("ping")
await Events.flush()
[removed, heard, kept]
