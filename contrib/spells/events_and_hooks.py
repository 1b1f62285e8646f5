#!/usr/bin/env llmspell-python
"""Events tell what happened; hooks decide what happens. Here both watch an agent and its tools.

llmspell run contrib/spells/events_and_hooks.py

Steps in events_and_hooks.model.json play the model until a key is set: `export OPENAI_API_KEY=...`
"""

from llmspell import Agent, Events, Hooks

agent = await Agent.new(name="mathematician", tools=["calculator", "hash_calculator"])


# Before a tool runs, a hook may change the call or refuse it. Nothing returned means: no opinion.
@Hooks.register("before_tool_execution")
def guard(context):
    if context.tool == "hash_calculator":
        return {"refuse": "no hashes today"}
    context.input.expression = f"({context.input.expression}) * 10"
    return context


# After it, a hook sees the result and may replace it. A filter says which calls it is for.
@Hooks.register("after_tool_execution", when={"tool": "calculator"})
def calculated(context):
    print(f"hook: the calculator gave {context.output.value}")


# Around it, a hook runs what is inside, as often as it likes.
@Hooks.register("around_llm_call")
async def measured(context, proceed):
    completion = await proceed.run()
    print(f"hook: the model said {len(completion.content)} characters")
    return completion


# Events go to every subscriber whose pattern fits. Handlers run beside the spell.
seen = []


@Events.subscribe("tool_execution_*")
def noted(event):
    seen.append(f"{event.name.removeprefix('tool_execution_')} {event.subject}")


# A spell has events of its own, too.
@Events.subscribe("greeting")
def greeted(event):
    print(f"event: {event.text} from {event.source}")


await Events.emit("greeting", text="hello")
await Events.flush()  # wait until the handlers have dealt with what happened so far

print(await agent.chat("What are two and two, and the hash of a secret?"))

await Events.flush()
print("events:", ", ".join(sorted(seen)))
