#!/usr/bin/env llmspell-python
"""Tools: find one, read what it takes, call it, pass a result on, be told what was wrong.

llmspell run contrib/spells/tools.py
"""

from llmspell import Tools

# The catalogue is searched by words; the best match comes first.
found = (await Tools.search("mathematical expression"))[0]
print(f"{found.name}: {await found.get_description()}")
print("it must be given:", ", ".join((await found.get_input_schema()).required))

# Whoever knows the name writes `Tools.name`. Arguments have names, and so have the parts of a result.
mean = await Tools.calculator.execute(expression="(a + b) / 2", variables={"a": 3, "b": 4})
print(f"mean: {mean.value}")

# What one tool gives, the next one takes.
words = await Tools.text_manipulator.execute(text="the quick brown fox", operations=["words"])
title = await Tools.template_processor.execute(
    template="{{#each words}}[{{this}}]{{/each}}",
    variables={"words": words.value},
)
print(title.text)

# A failure raises; with `on_error="return"` it is an answer.
answer = await Tools.calculator.execute({"expresion": "1 + 1"}, on_error="return")
print(f"without its expression: {answer.error.type} error")
