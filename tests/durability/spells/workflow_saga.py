# What was done is taken back when a later step fails; a step that fails at first is tried again.
tries = 0


async def say(tool, name):
    return (await (await Tools.get(tool)).execute({"name": name})).result


async def hotel(context):
    global tries
    tries += 1
    if tries < 3:
        raise ValueError("full")
    return await say("look", "hotel")


async def no_hotel(context):
    await say("mark", "no hotel")


no_flight = {"tool": "mark", "input": {"name": "no flight"}}
flow = await Workflow.saga(
    name="trip",
    steps=[
        {"name": "flight", "tool": "mark", "input": {"name": "flight"}, "compensate": no_flight},
        {"name": "hotel", "retry": {"attempts": 3, "delay": 0.01}, "run": hotel, "compensate": {"run": no_hotel}},
        {"name": "car", "tool": "broken", "input": {"name": "car"}},
    ],
)
problem = None
try:
    await flow.execute({})
except LlmspellError as error:
    problem = error.type
{"problem": problem, "tries": tries}
