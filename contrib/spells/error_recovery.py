#!/usr/bin/env llmspell-python
"""What fails, and what to do then: read the error, try again, fall back, mend it for a whole spell, tidy up.

llmspell run contrib/spells/error_recovery.py

Steps in error_recovery.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
"""

from contextlib import closing

from llmspell import Agent, Async, ErrorHandler, Hooks, LlmspellError, ToolError, Tools

# A failure raises an error with a type, a code, a message and suggestions.
try:
    await Tools.get("calculater")
except ToolError as problem:
    print(problem.code, problem.type, problem.message, sep="\t")
    print(f"  {problem.suggestions[0]}")

# What may succeed the next time is tried again, after a pause that grows.
line = ["busy", "busy", "sunny"]


async def ask():
    reply = line.pop(0)
    if reply == "busy":
        raise LlmspellError("the line is busy", type="network")
    return reply


forecast = await Async.retry(ask, attempts=5, delay=1, backoff=2)
print(f"forecast: {forecast}")

# A failure can also be an answer, and a strategy says what to use instead.
answer = await Tools.calculator.execute({"expression": "sqrt(-1"}, on_error="return")
outcome = await ErrorHandler.attempt_recovery(answer.error, {"type": "fallback", "value": "no number"})
print(f"{answer.error.type}: {outcome.result}")


# A hook on errors mends them wherever they happen, also in what an agent does.
@Hooks.register("tool_error")
def mend(context):
    print(f"mended: {context.tool}")
    return {"text": "division by zero gives no number"}


agent = await Agent.new(name="mathematician", tools=["calculator"])
print(await agent.chat("What is one divided by zero?"))


# A resource is closed, whatever happens while it is used.
class File:
    def close(self):
        print("closed")


try:
    with closing(File()):
        raise RuntimeError("half way")
except RuntimeError:
    print("failed, and tidied up")
