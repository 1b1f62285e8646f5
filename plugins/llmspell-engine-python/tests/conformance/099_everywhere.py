import asyncio

heard = []
await Events.subscribe("heard", lambda event: heard.append(event.data.word))
double = await Tool.new(name="double", parameters={"value": {}}, execute=lambda given: given["value"] * 2)
await Events.emit("heard", {"word": "first"})
both = [one.result for one in await asyncio.gather(double.execute(value=4), Tools.echo.execute(value="echo"))]
try:
    await Tools.fail.execute(message="no")
except LlmspellError as error:
    problem = error
await Events.flush()
print(JSON.encode(both))
[both, problem.type, heard]
