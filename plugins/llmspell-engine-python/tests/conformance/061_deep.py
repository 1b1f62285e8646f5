deep = []
for _ in range(100):
    deep = [deep]
cycle = {}
cycle["again"] = [cycle]
messages = []
for value in (deep, cycle):
    try:
        await Tools.tell.execute(value=value)
    except LlmspellError as problem:
        assert problem.type == "conversion"
        messages.append(problem.message)
messages
