def is_(value):
    return lambda context: context.value == value


async def mapping(context):
    return {"value": (await Tools.echo.execute(value=200)).result}


flow = await Workflow.create(
    "line",
    steps=[
        {"name": "one", "tool": "echo", "condition": is_(1), "input": lambda context: {"value": 100}},
        {"name": "two", "tool": "echo", "condition": is_(2), "input": mapping},
        {"name": "three", "tool": "echo", "condition": "{{gt value 2}}", "input": {"value": "{{value}}"}},
    ],
)
[(await flow.execute({"value": value})).output for value in (1, 2, 3)]
