# Bounds that are reached: of an agent's run, of a step, of a workflow, of a tool.
agent = await Agent.create(name="long", model="counted", tools=["mark"], limits={"turns": 1})


async def kind(work):
    try:
        await work
    except LlmspellError as error:
        return error.type
    return "none"


step = {"name": "s", "tool": "renew", "input": {"name": "never", "wait": 3600}}
slow = await Workflow.sequential(name="slow", timeout=0.02, steps=[step])
one = await kind(agent.chat("use mark name=limited"))
two = await kind(slow.execute({}))
three = await kind((await Tools.get("renew")).execute({"name": "never", "wait": 3600}, {"timeout": 0.02}))
await (await Tools.get("mark")).execute({"name": "after"})
[one, two, three]
