#!/usr/bin/env llmspell-python
"""The smallest spell: a parameter, a tool, a line of output.

llmspell run contrib/spells/hello.py --param name=Ada
"""

from llmspell import Tools, params

name = params.get("name", "world")
letters = await Tools.get("calculator").execute(expression="n * 2", variables={"n": len(name)})

print(f"Hello, {name}! Twice the letters of your name make {letters.value}.")
{"greeted": name}
