#!/usr/bin/env llmspell-python
# A workflow: writers side by side, a loop that shortens the text, a choice, and a step that is tried again.
#     llmspell run contrib/spells/workflow.py
# Steps in workflow.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

from llmspell import Agent, LlmspellError, Workflow

agents = [await Agent.new(name=name, system_prompt=f"You are a {name}.") for name in ("poet", "engineer")]

tries = []


def send(context):
    tries.append(1)
    if len(tries) == 1:
        raise RuntimeError("the mailbox is busy")
    return "sent"


report = await Workflow.sequential(
    name="report",
    steps=[
        # A phase is a step with steps of its own. What it gives is put together by the name of each writer.
        {
            "name": "drafts",
            "type": "parallel",
            "agents": [
                {"agent": "poet", "action": "Say what {{topic}} is."},
                {"agent": "engineer", "action": "Say how {{topic}} works."},
            ],
        },
        {
            "name": "join",
            "run": lambda context, text: text,
            "input": "{{drafts.poet}} {{drafts.engineer}}",
            "output": "text",
        },
        # A loop has a bound; `text` is known after it, because a phase is a part of the workflow.
        {
            "name": "shorten",
            "type": "loop",
            "condition": lambda context: len(context.text) > context.most,
            "max_iterations": 20,
            "steps": [{"name": "cut", "run": lambda context: context.text.rpartition(" ")[0], "output": "text"}],
        },
        {
            "name": "judge",
            "type": "conditional",
            "condition": "{{gt text.length 30}}",
            "if_true": {"run": lambda context: "long"},
            "if_false": {"run": lambda context: "short"},
        },
        {"name": "send", "run": send, "retry": {"attempts": 3, "delay": "1ms"}},
    ],
)

await report.on_step_complete(lambda step, output: print(f"done: {step.name}"))
result = await report.execute({"topic": "a lighthouse", "most": 40})
print(result.text)
print(f"{result.judge}, {result.output} at attempt {result.steps.send.attempts}")

# Everything that is wrong is told when a workflow is made.
try:
    await Workflow.graph(
        name="knot",
        steps=[
            {"name": "egg", "run": print, "depends_on": "hen"},
            {"name": "hen", "run": print, "depends_on": "egg"},
        ],
    )
except LlmspellError as problem:
    print(f"{problem.type}: {problem.context['faults'][0]['message']}")
