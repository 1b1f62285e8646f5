try:
    await Tools.fail.execute()
except LlmspellError as error:
    e = error
[e.message, e.code, e.type, e.recoverable, e.suggestions, e.retry_after, e.context["asked"]]
