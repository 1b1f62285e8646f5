import llmspell

echo = llmspell.Tools.echo
for name in ("len", "isinstance", "type", "list", "dict", "str", "Tools", "LlmspellError"):
    __builtins__[name] = None
llmspell.Tools = llmspell.LlmspellError = None
(await (await echo).execute(value={"list": [1, "two"], "map": {"$h": 1.5}})).result
