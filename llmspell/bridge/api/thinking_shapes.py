"""What plans, conclusions and solutions look like, and what a schema cannot say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Table = Mapping[str, Any]
Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
SURE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def _object(name: str, /, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "title": name,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: Schema, *, least: int = 0, most: int | None = None) -> Schema:
    bounds = {"minItems": least, **({} if most is None else {"maxItems": most})}
    return {"type": "array", "items": item, **{key: one for key, one in bounds.items() if one}}


def plan_schema(most: int) -> Schema:
    """Describe a plan of at most so many steps."""
    step = _object("step", id=TEXT, title=TEXT, details=TEXT, needs=TEXTS, done_when=TEXT)
    return _object("plan", steps=_list(step, least=1, most=most), assumptions=TEXTS, risks=TEXTS)


def reasoning_schema() -> Schema:
    """Describe a conclusion and the way to it; `evidence` has the numbers of what a step rests on."""
    step = _object("step", thought=TEXT, evidence=_list({"type": "integer"}))
    return _object("reasoning", steps=_list(step, least=1), conclusion=TEXT, confidence=SURE, gaps=TEXTS)


def solution_schema(constraints: int) -> Schema:
    """Describe a solution, chosen among several; `checks` says of each constraint whether it is met."""
    option = _object("option", name=TEXT, approach=TEXT, advantages=TEXTS, disadvantages=TEXTS)
    check = _object("check", number={"type": "integer"}, met={"type": "boolean"}, how=TEXT)
    return _object(
        "solution",
        understanding=TEXT,
        options=_list(option, least=1),
        chosen=TEXT,
        solution=TEXT,
        steps=TEXTS,
        checks=_list(check, least=constraints, most=constraints or None),
        confidence=SURE,
        open_questions=TEXTS,
    )


def lessons_schema() -> Schema:
    """Describe what is learned from feedback."""
    return _object("lessons", lessons=_list(TEXT, least=1, most=5))


def plan_faults(plan: Table) -> list[str]:
    """Say what holds a plan's steps from being done: ids that occur twice, needs that are no step, circles."""
    ids = [step["id"] for step in plan["steps"]]
    faults = [f"the id {one!r} belongs to several steps" for one in dict.fromkeys(ids) if ids.count(one) > 1]
    for step in plan["steps"]:
        unknown = [one for one in step["needs"] if one not in ids]
        faults += [f"step {step['id']!r} needs {one!r}, which is no step" for one in unknown]
    return faults or ([] if waves(plan["steps"]) is not None else ["some steps wait for each other in a circle"])


def waves(steps: Sequence[Table]) -> list[list[str]] | None:
    """Give the ids of steps in the order in which they can be done, those that can go on together in one list.

    None when they wait for each other in a circle.
    """
    from graphlib import CycleError, TopologicalSorter  # noqa: PLC0415 - paid by who plans

    sorter = TopologicalSorter({step["id"]: step["needs"] for step in steps})
    try:
        sorter.prepare()
    except CycleError:
        return None
    found: list[list[str]] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=[step["id"] for step in steps].index)
        found.append(ready)
        sorter.done(*ready)
    return found


def reasoning_faults(reasoning: Table, count: int) -> list[str]:
    """Say which steps rest on evidence that nobody gave."""
    return [
        f"step {number} names evidence {one}, and there are {count}"
        for number, step in enumerate(reasoning["steps"], 1)
        for one in step["evidence"]
        if not 1 <= one <= count
    ]


def solution_faults(solution: Table, count: int) -> list[str]:
    """Say what does not fit together: an option that was chosen and not considered, constraints without a check."""
    faults = []
    if solution["chosen"] not in [one["name"] for one in solution["options"]]:
        faults.append(f"{solution['chosen']!r} was chosen, and is none of the options")
    checked = sorted(one["number"] for one in solution["checks"])
    if checked != list(range(1, count + 1)):
        faults.append(f"the checks are about the constraints {checked}, and there are {count}")
    return faults
