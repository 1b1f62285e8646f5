@tool
def bad():
    raise ValueError("no")


try:
    await bad.execute()
    said = ""
except LlmspellError as e:
    said = e.message
[False, said.endswith("no"), (await Tools.echo.execute(value="going on")).result]
