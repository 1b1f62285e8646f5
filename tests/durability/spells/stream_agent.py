# A stream that is cut off is asked for again.
agent = await Agent.create(name="talker", model="counted", remember=False)


async def told(text):
    while True:
        said = ""
        try:
            async with agent.stream(text) as parts:
                async for part in parts:
                    said += part.get("text") or ""
        except LlmspellError as error:
            if error.type != "stream_interrupted":
                raise
        else:
            return said


one = await told("a")
await (await Tools.get("mark")).execute({"name": "between"})
[one, await told("b")]
