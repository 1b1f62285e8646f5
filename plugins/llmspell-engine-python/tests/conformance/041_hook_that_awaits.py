@Hooks.register("before_agent_execution")
async def hook(context):
    context.input.content = (await Tools.echo.execute(value="changed")).result
    return context


agent = await Agent.new(name="a")
await agent.chat("as it was")
