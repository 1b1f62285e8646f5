# Handlers of events do things of their own.
heard = []


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


async def handle(event):
    await say("mark", f"for {event.name}")
    heard.append(event.name)


await Events.subscribe("order_*", handle)
await Events.emit("order_placed", {"number": 1})
await Events.flush()
await say("look", "between")
await Events.emit_sync("order_sent", {"number": 1})
await Events.flush()
sorted(heard)
