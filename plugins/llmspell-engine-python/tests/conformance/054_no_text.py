try:
    await Tools.tell.execute(value="\ud800")
    outcome = "told"
except LlmspellError as problem:
    outcome = problem.type
outcome
