#!/usr/bin/env llmspell-python
"""A tool of your own: a function, with a schema by which models know how to call it.

llmspell run contrib/spells/custom_tool.py

Steps in custom_tool.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
"""

from typing import Annotated, Literal

from llmspell import Agent, ToolError, Tools, tool

shelves = {
    "north": {"lamp": 12, "chair": 0},
    "south": {"lamp": 1, "chair": 4},
}


# In Python the schema is made of the function's own types and of its docstring.
@tool
def stock(
    item: Annotated[str, "what to count, in the singular"],
    warehouse: Literal["north", "south"] = "north",
):
    """Count what a warehouse has of an item."""
    if item not in shelves[warehouse]:
        raise ToolError(f"nobody sells a {item}")
    return {"item": item, "warehouse": warehouse, "count": shelves[warehouse][item]}


# It is called like any tool: arguments are checked and defaults filled in before the function sees them.
print(f"lamps: {(await stock.execute(item='lamp', warehouse='south')).count}")

answer = await stock.execute({"item": "piano"}, on_error="return")
print(f"piano: {answer.error.message}")

# An agent calls it when its model asks to. Wrong arguments go back to the model, which may try again.
agent = await Agent.new(name="clerk", system_prompt="You answer questions about our stock.", tools=[stock])
result = await agent.execute("How many lamps and chairs are there?")
for call in result.tool_calls:
    print(f"{call.name}: {call.outcome}")
print(result.content)

# Registered, it is found by name, by this spell and by the agents it makes.
await Tools.register(stock)
print(f"by name: {(await Tools.stock.execute(item='chair')).count}")
