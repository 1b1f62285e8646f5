#!/usr/bin/env llmspell-python
"""One spell of several languages: parts in JavaScript, Python and Lua share a run, and functions go both ways.

llmspell run contrib/spells/cross_language.py

Steps in cross_language.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
"""

from llmspell import Agent, Spell

# What a part exports are functions here, whatever language they are written in.
words = await Spell.load("parts/words.js")
numbers = await Spell.load("parts/numbers.py")
await Spell.load("parts/guard.lua", params={"most": 8})

# A function of this spell is called from JavaScript, once for each word.
lengths = await words.map("Twelve plums, three pears.", len)
print("lengths:", *lengths)

# Lists go to Python and come back.
about = await numbers.describe(lengths)
print(f"median {about.median:g}, mode {about.mode}")

# An agent of this spell calls the tool of the Python part, and the hook of the Lua part decides about it.
agent = await Agent.new(name="statistician", tools=["spread"])
result = await agent.execute(f"How much do the numbers {lengths} differ?")
for call in result.tool_calls:
    print(f"{call.name}: {call.outcome}")
print(result.content)
