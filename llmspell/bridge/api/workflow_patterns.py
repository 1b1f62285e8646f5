"""Named patterns of workflows, and templates of them that scripts define: tables of options, filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ValidationError, WorkflowNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Table = dict[str, Any]
OWN = ("name", "description", "input", "output", "timeout", "error_strategy", "retry", "continue_on_error")
"""Options of every workflow, which a pattern passes on."""


def _named(agents: object, key: str) -> list[Table]:
    """Give a step for each of several agents."""
    if not isinstance(agents, list) or not agents:
        raise _lacks(key, "a list of agents")
    return [one if isinstance(one, dict) else {"component": one} for one in agents]


def _one(given: Table, key: str) -> Table:
    """Give the step of who has a part."""
    who = given.get(key)
    if who is None:
        raise _lacks(key, "an agent, tool, workflow or function")
    return dict(who) if isinstance(who, dict) else {"component": who}


def _lacks(key: str, what: str) -> ValidationError:
    return ValidationError(
        f"the pattern needs `{key}`: {what}", suggestions=["`Workflow.patterns()` says what each needs"]
    )


def _chain(given: Table) -> Table:
    return {"type": "pipeline", "steps": _named(given.get("agents"), "agents")}


def _scatter_gather(given: Table) -> Table:
    scatter = {"name": "scatter", "type": "parallel", "steps": _named(given.get("agents"), "agents")}
    scatter |= _at_once(given)
    gather = {"name": "gather", "input": "{{scatter}}", **_one(given, "gather")}
    return {"type": "sequential", "steps": [scatter, gather]}


def _review_loop(given: Table) -> Table:
    """Write, then review and write again until the reviewer is content."""
    write = {"name": "write", "output": "draft", **_one(given, "writer")}
    again = {"name": "rewrite", "input": {"draft": "{{draft}}", "review": "{{review}}"}, **_one(given, "writer")}
    review = {"name": "review", "input": "{{draft}}", **_one(given, "reviewer"), "output": "review"}
    rounds = {
        "name": "rounds",
        "type": "loop",
        "until": given.get("until", "{{eq review 'OK'}}"),
        "max_iterations": given.get("rounds", 3),
        "steps": [review, {**again, "output": "draft", "condition": "{{not (eq review 'OK')}}"}],
    }
    return {"type": "sequential", "steps": [write, rounds], "output": "{{draft}}"}


def _router(given: Table) -> Table:
    routes = given.get("routes")
    if not isinstance(routes, dict) or not routes:
        raise _lacks("routes", "a map of what the router says to who does it then")
    if wrong := [name for name in routes if set(name) & set("'{}")]:
        raise ValidationError(f"a route cannot be called {wrong[0]!r}", suggestions=["leave out quotes and braces"])
    route = {"name": "route", **_one(given, "router"), "output": "route"}
    branches = [
        {"name": name, "condition": f"{{{{eq route '{name}'}}}}", "input": "{{input}}", **_one(routes, name)}
        for name in routes
    ]
    if "otherwise" in given:
        branches.append({"name": "otherwise", "input": "{{input}}", **_one(given, "otherwise")})
    return {"type": "sequential", "steps": [route, {"name": "routed", "type": "conditional", "branches": branches}]}


def _map_reduce(given: Table) -> Table:
    parts = {"map": _one(given, "map"), "reduce": _one(given, "reduce")}
    return {"type": "map_reduce", "items": given.get("items", "{{input.items}}"), **parts, **_at_once(given)}


def _vote(given: Table) -> Table:
    steps = _named(given.get("agents"), "agents")
    return {"type": "parallel", "steps": steps, "merge_strategy": "majority", **_at_once(given)}


def _at_once(given: Table) -> Table:
    return {key: given[key] for key in AT_ONCE if key in given}


AT_ONCE = ("max_concurrency", "fail_fast", "require_minimum")
"""Options of steps side by side."""

PATTERNS: Mapping[str, tuple[Callable[[Table], Table], str, tuple[str, ...], tuple[str, ...]]] = {
    "chain": (_chain, "Each agent works on what the one before gave.", ("agents",), ()),
    "scatter_gather": (_scatter_gather, "Agents work side by side, one puts it together.", ("agents", "gather"),
                       AT_ONCE),
    "review_loop": (_review_loop, "One writes, one reviews, until the review is `OK`.", ("writer", "reviewer"),
                    ("until", "rounds")),
    "router": (_router, "One says who does it.", ("router", "routes"), ("otherwise",)),
    "map_reduce": (_map_reduce, "The same with each item, then one of all.", ("map", "reduce"), ("items", *AT_ONCE)),
    "vote": (_vote, "Agents work side by side; what most of them say counts.", ("agents",), AT_ONCE),
}  # fmt: skip
"""Name of a pattern -> what makes its options, what it is for, what it must be told, and what it may be."""


def of_pattern(name: str, given: Table) -> Table:
    """Give the options of a workflow by a pattern.

    Raises `WorkflowNotFoundError` for none of this name, `ValidationError` for what it is not told.
    """
    table = {snake(key): value for key, value in given.items()}
    found = PATTERNS.get(snake(name))
    if found is None:
        near = nearest(snake(name), PATTERNS)
        listed = f"use {near!r}" if near else f"one of {', '.join(PATTERNS)}"
        raise WorkflowNotFoundError(f"there is no pattern {name!r} of workflows", suggestions=[listed])
    known = (*found[2], *found[3], *OWN)
    for key in table:
        if key not in known:
            near = nearest(key, known)
            listed = f"did you mean {near!r}?" if near else f"its options: {', '.join(known)}"
            raise ValidationError(f"{key!r} is no option of the pattern {name!r}", suggestions=[listed])
    return {**found[0](table), **{key: table[key] for key in OWN if key in table}}


def listed() -> list[Table]:
    """Describe the patterns."""
    return [
        {"name": name, "description": about, "needs": list(needs), "takes": list(takes)}
        for name, (_, about, needs, takes) in PATTERNS.items()
    ]


def filled(template: Mapping[str, object], changes: Mapping[str, object]) -> Table:
    """Give a template with changes: a step of the same name is changed key by key, others are added; options count.

    `remove_steps` names steps that are left out.
    """
    base, own = ({snake(key): value for key, value in one.items()} for one in (template, changes))
    removed = own.pop("remove_steps", ())
    if "steps" in own or removed:
        own["steps"] = _steps(base.get("steps", []), own.get("steps", []), removed)
    return {**base, **own}


def _steps(base: object, own: object, removed: object) -> list[object]:
    left = list(base) if isinstance(base, list) else []
    gone = set(removed) if isinstance(removed, (list, tuple)) else set()
    found = {_name(step, number): step for number, step in enumerate(left) if _name(step, number) not in gone}
    for number, step in enumerate(own if isinstance(own, list) else [], len(left)):
        name = _name(step, number)
        before = found.get(name)
        found[name] = {**before, **step} if isinstance(before, dict) and isinstance(step, dict) else step
    return list(found.values())


def _name(step: object, number: int) -> object:
    return step.get("name", number) if isinstance(step, dict) else number
