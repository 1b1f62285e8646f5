async def work():
    try:
        await Tools.fail.execute()
    except LlmspellError as error:
        raise error


try:
    await work()
except Exception:
    raise
