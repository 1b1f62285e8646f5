# What is kept: set, counted, changed, read.
import asyncio

await State.set("a", 1)
first = await State.increment("n", 2)
await State.update("a", lambda value, _: (value or 0) + 10)
await Storage.set("k", ["x"])
await (await Tools.get("mark")).execute({"name": "between"})
n = await State.increment("n", 3)
await asyncio.gather(State.increment("s"), Storage.merge("m", {"two": 2}))
{"a": await State.get("a"), "n": n, "first": first, "m": (await Storage.get("m"))["two"], "s": await State.get("s")}
