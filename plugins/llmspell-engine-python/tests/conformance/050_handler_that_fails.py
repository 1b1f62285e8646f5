heard = []


def broken(event):
    raise ValueError("broken")


await Events.subscribe("ping", broken)
await Events.subscribe("ping", lambda event: heard.append(event.data.by))
await Events.emit("ping", {"by": 1})
await Events.emit("ping", {"by": 2})
await Events.flush()
heard
