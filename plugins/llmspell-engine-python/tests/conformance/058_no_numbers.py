types = []
for value in (float("nan"), float("inf"), -float("inf")):
    try:
        await Tools.tell.execute(value=[value])
    except LlmspellError as problem:
        types.append(problem.type)
types
