# Every kind of workflow, with tools and functions as steps.
found = {}


def doing(name):
    return {"name": name, "tool": "mark", "input": {"name": name}}


def seen(name):
    return {"name": name, "tool": "look", "input": {"name": name + "{{item}}"}}


def looking(name, subject, **more):
    return {"name": name, "tool": "look", "input": {"name": subject}, **more}


async def add(what, flow, given={}):
    found[what] = (await flow.execute(given)).output


async def ordered(context, run):
    return await run("cu", {"name": "cu1"})


await (await Workflow.sequential(name="s", steps=[doing("s1"), doing("s2")])).execute({})
await (await Workflow.parallel(name="p", steps=[doing("p1"), doing("p2"), doing("p3")])).execute({})
condition = await Workflow.conditional(
    {
        "name": "c",
        "condition": lambda given: given["go"],
        "if_true": looking("yes", "yes"),
        "if_false": doing("no"),
    }
)
await add("conditional", condition, {"go": True})
await add("loop", await Workflow.loop({"name": "l", "items": ["x", "y"], "collect": True, "steps": [seen("l")]}))
await add("fan_out", await Workflow.fan_out(name="f", items=["x", "y", "z"], max_concurrency=2, steps=[seen("f")]))
reduce = {"name": "r", "run": lambda context: len(context["results"])}
await add("map_reduce", await Workflow.map_reduce(name="m", items=["x", "y"], map=seen("m"), reduce=reduce))
end = {"name": "end", "run": lambda context: context["pl"] + "!"}
await add("pipeline", await Workflow.pipeline(name="pl", items=["x", "y"], steps=[seen("pl"), end]))
steps = [
    looking("a", "ga"),
    looking("b", "gb", depends_on="a"),
    looking("c", "gc", depends_on="a"),
    {"name": "d", "run": lambda context: context["b"] + context["c"], "depends_on": ["b", "c"]},
]
await add("graph", await Workflow.graph(name="g", steps=steps))
await add("custom", await Workflow.custom(name="cu", steps=[{"name": "cu", "tool": "look"}], execute=ordered))
found
