def condition(context):
    return context.input.value == 1


def handler(context):
    context.input.value = 100
    return context


async def mapping(given):
    if given.value == 2:
        given.value = (await Tools.echo.execute(value=200)).result
    return given


await Hooks.register("before_tool_execution", {"when": condition, "handler": handler})
await Hooks.register("before_tool_execution", await Hooks.create_transformer(mapping))
[(await Tools.echo.execute(value=value)).result for value in (1, 2, 3)]
