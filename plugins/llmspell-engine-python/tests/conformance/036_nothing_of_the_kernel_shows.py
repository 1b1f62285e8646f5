said = []


async def attempt(work):
    try:
        await work()
    except Exception as e:
        told = ErrorHandler.parse(e)
        said.append(f"{told['message']}\n{told.get('stack')}\n{told.get('where')}")


await attempt(lambda: Tools.fail.execute(message=5))
await attempt(lambda: Tools.crash.execute())
await attempt(lambda: Tools.get("gone"))
await attempt(lambda: Agent.new(5))
await attempt(lambda: Storage.set("function", object()))
await attempt(lambda: Events.subscribe("x", 5))
"\n".join(said)
