"""A workflow drawn as a Mermaid flowchart."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmspell.model.workflow import Definition, Outcome, Step

SHAPES = {"agent": ("([", "])"), "tool": ("[", "]"), "function": ("[/", "/]"), "workflow": ("[[", "]]")}
"""Who does a step -> the brackets of its box."""

COLOURS = {
    "completed": "fill:#d5f5d5,stroke:#2e7d32",
    "recovered": "fill:#fff3cd,stroke:#b58900",
    "skipped": "fill:#eeeeee,stroke:#999999",
    "failed": "fill:#f8d7da,stroke:#b02a37",
    "running": "fill:#d0e7ff,stroke:#1565c0",
}
SIDE_BY_SIDE = ("parallel", "fan_out")


def mermaid(definition: Definition, outcomes: Mapping[str, Outcome] | None = None, doing: Sequence[str] = ()) -> str:
    """Draw a workflow; with the outcomes of a run its steps have the colour of what came of them."""
    drawing = _Drawing()
    lines = ["flowchart TD", *drawing.workflow(definition)]
    states = {one.step.name: one.status for one in (outcomes or {}).values()} | dict.fromkeys(doing, "running")
    used = {state for name, state in states.items() if name in drawing.top}
    lines += [f"    classDef {state} {COLOURS[state]}" for state in sorted(used)]
    lines += [f"    class {drawing.top[name]} {state}" for name, state in states.items() if name in drawing.top]
    return "\n".join(lines)


class _Drawing:
    """Number the boxes, so that no name has to be one."""

    def __init__(self) -> None:
        self.top: dict[str, str] = {}
        self._last = 0

    def _new(self) -> str:
        self._last += 1
        return f"s{self._last}"

    def workflow(self, definition: Definition) -> Iterator[str]:
        start, end = self._new(), self._new()
        yield f"    {start}(({_text(definition.name)}))"
        boxes = {step.name: self._new() for step in definition.steps}
        self.top = dict(boxes)
        for step in definition.steps:
            yield from self._box(step, boxes[step.name], "    ")
        yield f"    {end}((( )))"
        yield from (f"    {line}" for line in _arrows(definition, boxes, start, end))

    def _box(self, step: Step, box: str, margin: str) -> Iterator[str]:
        inner = step.subject.within if step.subject.role == "phase" else None
        if inner is None:
            left, right = SHAPES.get(step.subject.role, ("[", "]"))
            who = (
                "" if step.subject.name in ("function", step.name) else f"<br/>{step.subject.role} {step.subject.name}"
            )
            yield f'{margin}{box}{left}"{_escaped(step.name + who)}"{right}'
            return
        yield f'{margin}subgraph {box}["{_escaped(f"{step.name} ({inner.kind})")}"]'
        boxes = {one.name: self._new() for one in inner.steps}
        for one in inner.steps:
            yield from self._box(one, boxes[one.name], margin + "    ")
        for line in _arrows(inner, boxes, "", ""):
            yield f"{margin}    {line}"
        yield f"{margin}end"


def _arrows(definition: Definition, boxes: Mapping[str, str], start: str, end: str) -> Iterator[str]:
    """Yield the arrows between steps as their kind has them follow one another."""
    names = [step.name for step in definition.steps]
    if definition.kind == "graph" or any(step.after for step in definition.steps):
        yield from _graph(definition, boxes, start, end)
    elif definition.kind in SIDE_BY_SIDE or definition.kind == "conditional":
        for step in definition.steps:
            if start:
                yield f"{start} {_label(definition, step)} {boxes[step.name]}"
                yield f"{boxes[step.name]} --> {end}"
    else:
        chain = [one for one in (start, *(boxes[name] for name in names), end) if one]
        labels = ["", *(_condition(step) for step in definition.steps), ""] if start else [""] * len(chain)
        for number, (one, other) in enumerate(pairwise(chain), 1):
            yield f"{one} {_arrow(labels[number] if number < len(labels) else '')} {other}"
        if definition.kind == "loop" and names:
            yield f"{boxes[names[-1]]} {_arrow('again')} {boxes[names[0]]}"


def _graph(definition: Definition, boxes: Mapping[str, str], start: str, end: str) -> Iterator[str]:
    needed = {name for step in definition.steps for name in step.after}
    for step in definition.steps:
        for name in step.after:
            yield f"{boxes[name]} {_arrow(_condition(step))} {boxes[step.name]}"
        if start and not step.after:
            yield f"{start} --> {boxes[step.name]}"
        if end and step.name not in needed:
            yield f"{boxes[step.name]} --> {end}"


def _label(definition: Definition, step: Step) -> str:
    if definition.kind != "conditional":
        return _arrow(_condition(step))
    return _arrow({"if_true": "yes", "if_false": "no"}.get(step.name, _condition(step) or "else"))


def _condition(step: Step) -> str:
    if step.condition is None:
        return ""
    return step.condition if isinstance(step.condition, str) else "if"


def _arrow(label: str) -> str:
    return f'-->|"{_escaped(label)}"|' if label else "-->"


def _text(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Write text so that it means nothing to Mermaid."""
    safe = re.sub(r'["\n\r#;{}|<>\[\]]', lambda found: f"#{ord(found[0])};", text.replace("<br/>", "\x00"))
    return safe.replace("\x00", "<br/>")
