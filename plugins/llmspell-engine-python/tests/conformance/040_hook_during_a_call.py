order = []


@Hooks.register("before_tool_execution")
def hook(context):
    order.append(f"hook of {context.tool}")


order.append((await Tools.echo.execute(value="answered")).result)
order
