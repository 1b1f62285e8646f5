"""What this distribution provides, described without importing it."""

from __future__ import annotations

from llmspell.spec import Component, hookimpl, workflow_kind

KINDS = (
    ("sequential", "sequences:Sequential", "Do steps one after the other.", ()),
    ("pipeline", "sequences:Pipeline", "Pass what each step gives to the next, for one thing or for many.", ()),
    ("saga", "sequences:Saga", "Do steps one after the other, and take them back when one fails.", ()),
    ("parallel", "parallel:Parallel", "Do steps side by side and put together what they give.", ()),
    ("conditional", "choices:Conditional", "Choose one of several steps.", ("branch", "switch")),
    ("loop", "loops:Loop", "Repeat steps while or until something holds, so many times, or for each of many.", ()),
    ("fan_out", "maps:FanOut", "Do the same with each of many, side by side.", ()),
    ("map_reduce", "maps:MapReduce", "Do the same with each of many, then make one of it.", ()),
    ("graph", "graph:Graph", "Do each step as soon as those that it needs are done.", ("dag",)),
    ("custom", "custom:Custom", "Let a function decide which step comes next.", ()),
)


@hookimpl
def llmspell_workflow_kinds() -> list[Component]:
    """Describe the kinds."""
    return [
        workflow_kind(name, f"llmspell_workflows.{target}", summary, aliases=aliases)
        for name, target, summary, aliases in KINDS
    ]
