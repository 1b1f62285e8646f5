# A tool of the script calls tools, by itself and for a model.
import asyncio

count = 0


async def execute(given):
    global count
    count += 1
    await (await Tools.get("mark")).execute({"name": given["name"] + str(count)})
    seen = (await (await Tools.get("look")).execute({"name": given["name"]})).result
    return {"seen": seen}


both = await Tools.create(
    name="both",
    description="Does two things.",
    parameters={"type": "object", "properties": {"name": {"type": "string"}}},
    execute=execute,
)


async def use(name):
    return (await both.execute({"name": name})).result.seen


first = await use("a")
sides = await asyncio.gather(use("b"), use("c"))
agent = await Agent.create(name="asker", model="counted", tools=[both])
answer = await agent.chat("please use both name=d now")
{"first": first, "sides": sides, "answer": answer, "count": count}
