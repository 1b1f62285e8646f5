heard = []


async def handler(event):
    heard.append((await Tools.echo.execute(value=event.data.by)).result)


await Events.subscribe("ping", handler)
await Events.emit("ping", {"by": 1})
await Events.emit("ping", {"by": 2})
await Events.flush()
heard
