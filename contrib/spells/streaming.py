#!/usr/bin/env llmspell-python
"""Streaming: show an answer while it is being written, see the tools at work, stop when you have enough.

llmspell run contrib/spells/streaming.py

Steps in streaming.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
"""

from llmspell import Agent

agent = await Agent.new(name="timekeeper", tools=["calculator"])

# The parts of an answer have types; the last part is `done` and has all that `execute` returns.
async for part in agent.stream("How many minutes has a day?"):
    match part.type:
        case "text":
            print(f"text: {part.text}")
        case "tool_result":
            print(f"tool: {part.name} was {part.outcome}")
        case "done":
            print(f"whole: {len(part.content)} characters, {len(part.tool_calls)} tool call")

# Leaving the block cancels the run: the model stops writing, nothing more is paid for.
async with agent.stream("And once more, please.") as parts:
    async for part in parts:
        if part.type == "text":
            print(f"enough after: {part.text}")
            break
