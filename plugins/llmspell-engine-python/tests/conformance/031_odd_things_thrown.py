found = []
for odd in (5, "text", None):

    @tool
    def bad():
        raise Exception(odd)

    try:
        await bad.execute()
    except LlmspellError as e:
        found.append([False, "string" if isinstance(e.message, str) else "", str(odd) in e.message])
found
