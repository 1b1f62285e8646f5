"""The pieces of a work: who does which, and in which order they can be done."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import CollaborationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell_agents.collaboration.options import StartOptions, SyncOptions
    from llmspell_agents.collaboration.team import Team


class Piece(NamedTuple):
    """One piece of the work."""

    name: str
    agent: str
    task: str
    depends_on: tuple[str, ...] = ()


def pieces(team: Team, options: StartOptions) -> list[Piece]:
    """Read the steps; without any, each agent does the task. Raises `CollaborationError` for what does not fit."""
    if not options.steps:
        return [Piece(name, name, _task("", options)) for name in team.names]
    found: list[Piece] = []
    for number, step in enumerate(options.steps):
        agent = (
            team.names[number % len(team.names)] if step.agent is None else team.member(step.agent, "a step's agent")
        )
        name = step.name or agent
        if any(one.name == name for one in found):
            raise CollaborationError(f"two steps are called {name!r}", suggestions=["give each step a name of its own"])
        found.append(Piece(name, agent, _task(step.task, options), tuple(step.depends_on)))
    return found


def _task(task: str, options: StartOptions) -> str:
    if not (task or options.task):
        raise CollaborationError("there is nothing to do", suggestions=["give the key `task`"])
    return f"{options.task}\n\nYour part: {task}" if task and options.task else task or options.task


def groups(work: Iterable[Piece], points: Iterable[SyncOptions]) -> list[list[str]]:
    """Give the names of pieces and sync points in groups whose members need not wait for one another.

    Raises `CollaborationError` for names that nobody has and for circles.
    """
    waits = {one.name: set(one.depends_on) for one in work}
    for point in points:
        if point.name in waits:
            raise CollaborationError(f"a step and a sync point are both called {point.name!r}")
        waits[point.name] = set(point.wait_for)
    unknown = sorted({name for names in waits.values() for name in names} - set(waits))
    if unknown:
        raise CollaborationError(f"no step is called {', '.join(unknown)}", suggestions=[f"known: {', '.join(waits)}"])
    order = TopologicalSorter(waits)
    try:
        order.prepare()
    except CycleError as error:
        circle = " > ".join(map(str, error.args[1]))
        raise CollaborationError(f"steps wait for one another in a circle: {circle}") from error
    found: list[list[str]] = []
    while order.is_active():
        ready = sorted(order.get_ready(), key=list(waits).index)
        found.append(ready)
        order.done(*ready)
    return found
