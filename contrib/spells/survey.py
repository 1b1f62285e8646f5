#!/usr/bin/env llmspell-python
"""An agent surveys a project's documentation: the Python twin of survey.lua.

llmspell run contrib/spells/survey.py --allow-read=docs --allow-write=build

Without a configured model, the steps in survey.model.json play its part; tools, files, hooks and store are the same.
"""

from collections import Counter

from llmspell import Agent, Events, Hooks, Storage, log

target = "build/survey.md"

surveyor = await Agent.new(
    name="surveyor",
    system_prompt="""
You survey the documentation of a project. List the Markdown files below docs/ with their sizes, read each of them,
compute the mean size with the calculator, render a report with template_processor and write it to build/survey.md with
file_writer. Answer with one sentence that tells how many files there are and where the report is.""",
    tools=["directory_lister", "file_reader", "calculator", "template_processor", "file_writer"],
    limits={"tool_calls": 1000},  # one for each file, and a few more
)


# A guard in the script's own language: the agent may write its report and nothing else.
@Hooks.register("before_tool_execution")
def guard(context):
    if context.tool == "file_writer" and context.input.path != target:
        return {"refuse": f"the surveyor writes {target} only"}


# And an observer: what the agent does, as it happens (shown with --verbose).
@Events.subscribe("tool_execution_completed")
def observed(event):
    log.debug(f"{event.data.subject} took {event.data.seconds * 1000:.1f} ms")


result = await surveyor.execute(input=f"Survey docs/ and write the report to {target}.")

runs = (await Storage.get("runs", 0)) + 1
await Storage.set("runs", runs)

used = Counter(call.name for call in result.tool_calls)
for call in result.tool_calls:
    if call.outcome != "done":
        print(f"  {call.name}: {call.outcome}")

print(result.content)
print("tools used:", ", ".join(f"{tool} x{count}" for tool, count in sorted(used.items())))
{"report": target, "tool_calls": len(result.tool_calls), "runs": runs}
