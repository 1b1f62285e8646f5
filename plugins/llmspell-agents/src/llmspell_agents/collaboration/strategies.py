"""Ways to work together without a vote: one after the other, side by side, under a leader, as a coordinator chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError
from llmspell_agents.collaboration.steps import groups, pieces

if TYPE_CHECKING:
    from llmspell.model.agent import AgentResult
    from llmspell_agents.collaboration.options import StartOptions, SyncOptions
    from llmspell_agents.collaboration.team import Table, Team

PLAN = {
    "type": "object",
    "properties": {
        "assignments": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"agent": {"type": "string"}, "task": {"type": "string"}},
                "required": ["agent", "task"],
            },
        }
    },
    "required": ["assignments"],
}
CHOICE = {
    "type": "object",
    "properties": {
        "next": {"type": "string", "description": "The agent to work next, or `done`."},
        "task": {"type": "string", "description": "What it should do."},
        "answer": {"type": "string", "description": "The final answer, when done."},
    },
    "required": ["next"],
}


async def sequential(team: Team, options: StartOptions) -> Table:
    """Have each piece done after the one before, of which it knows; the last one's answer counts."""
    content, results = "", []
    for piece in pieces(team, options):
        result = await team.recovery.ask(team, piece.name, piece.agent, piece.task)
        results.append(_entered(team, piece.name, piece.agent, result))
        content = content if result is None else result.content
    return team.result("sequential", _some(content, results), results=results)


async def parallel(team: Team, options: StartOptions) -> Table:
    """Have pieces done side by side as far as they do not wait for one another; all answers count.

    With a leader, it puts them together.
    """
    work = {piece.name: piece for piece in pieces(team, options)}
    points = {point.name: point for point in options.sync_points}
    found: dict[str, Table] = {}
    synced: list[Table] = []

    async def do(name: str) -> None:
        piece = work[name]
        result = await team.recovery.ask(team, piece.name, piece.agent, piece.task)
        found[name] = _entered(team, piece.name, piece.agent, result)

    for group in groups(work.values(), points.values()):
        await team.all([lambda name=name: do(name) for name in group if name in work], options.concurrency)  # type: ignore[misc]  # bound now
        synced += [await _sync(team, points[name], found) for name in group if name in points]
    results = [found[name] for name in work]
    content = "\n\n".join(f"## {one['step']}\n\n{one['content']}" for one in results if one["success"])
    _some(content, results)
    if options.leader is not None:
        content = await _together(team, team.leader(options.leader), options.task, content)
    return team.result("parallel", content, results=results, sync_points=synced)


async def _sync(team: Team, point: SyncOptions, found: dict[str, Table]) -> Table:
    """Say that some pieces have ended; raises `CollaborationError` when too few of them succeeded."""
    done = [name for name in point.wait_for if found.get(name, {"success": True})["success"]]
    required = len(point.wait_for) if point.require is None else point.require
    told = {"name": point.name, "done": done, "required": required}
    await team.ctx.events.emit("collaboration_synchronized", told)
    if len(done) < required:
        raise CollaborationError(
            f"sync point {point.name!r} needs {required} of {len(point.wait_for)} steps, {len(done)} succeeded",
            context={**told, "recoveries": team.recovery.notes},
            suggestions=["lower `require`", "say on_failure = 'retry' or 'reassign'"],
        )
    return told


async def hierarchical(team: Team, options: StartOptions) -> Table:
    """Have a leader give out the work, others do it side by side, and the leader put it together."""
    leader, task = team.leader(options.leader), options.task
    workers = [name for name in team.names if name != leader]
    team.recovery.spared = leader
    if not workers or not task:
        raise CollaborationError(
            "a leader needs a task and others who work on it", suggestions=["give `task`, and two agents or more"]
        )
    listed = "\n".join(f"- {name}: {team.members[name].info.description}" for name in workers)
    text = f"You lead a team. Give each part of this task to one of its agents.\n\n{task}\n\nAgents:\n{listed}"
    plan: Any = (await team.ask(leader, text, output=PLAN, about="plan")).data
    assigned = [(str(one["agent"]), str(one["task"])) for one in plan["assignments"]]
    strangers = sorted({name for name, _ in assigned} - set(workers))
    if strangers:
        raise CollaborationError(
            f"leader {leader!r} gave work to {', '.join(strangers)}, who are not of the team", context={"plan": plan}
        )
    parts = [(f"{name} {number}", name, part) for number, (name, part) in enumerate(assigned, 1)]

    async def do(step: str, name: str, part: str) -> Table:
        return _entered(team, step, name, await team.recovery.ask(team, step, name, f"{task}\n\nYour part: {part}"))

    results = await team.all([lambda one=one: do(*one) for one in parts], options.concurrency)  # type: ignore[misc]  # bound now
    done = "\n\n".join(f"## {one['step']}\n\n{one['content']}" for one in results if one["success"])
    _some(done, results)
    content = await _together(team, leader, task, done)
    return team.result("hierarchical", content, leader=leader, plan=plan["assignments"], results=results)


async def dynamic(team: Team, options: StartOptions) -> Table:
    """Have a coordinator choose who works next until it is done; raises `CollaborationError` when it never is."""
    leader, task = team.leader(options.leader), options.task
    results: list[Table] = []
    if not task:
        raise CollaborationError("there is nothing to do", suggestions=["give the key `task`"])
    listed = "\n".join(f"- {name}: {one.info.description}" for name, one in team.members.items())
    for number in range(1, options.rounds + 2):
        left = options.rounds + 1 - number
        text = f"You coordinate a team until this task is done.\n\n{task}\n\nAgents:\n{listed}\n\nTurns left: {left}"
        choice: Any = (await team.ask(leader, text, output=CHOICE, about=f"choice {number}")).data
        if choice["next"] == "done":
            last = next((one["content"] for one in reversed(results) if one["success"]), "")
            return team.result("dynamic", choice.get("answer") or last, leader=leader, results=results)
        if number > options.rounds:
            break
        name = str(choice["next"])
        if name not in team.members:
            team.shared[f"choice {number}"] = f"there is no agent {name!r}"
            continue
        step = f"{name} {number}"
        result = await team.recovery.ask(team, step, name, choice.get("task") or task)
        results.append(_entered(team, step, name, result))
    raise CollaborationError(
        f"coordinator {leader!r} was not done after {options.rounds} turns",
        suggestions=["raise `rounds`"],
        context={"results": results, "recoveries": team.recovery.notes},
    )


async def _together(team: Team, leader: str, task: str, done: str) -> str:
    text = f"Put this work of your team together into one answer.\n\nThe task: {task}\n\n{done}"
    return (await team.ask(leader, text, about="together")).content


def _entered(team: Team, step: str, agent: str, result: AgentResult | None) -> Table:
    """Enter what came of a piece into what the team knows; a piece that was left out is told as such."""
    if result is None:
        note = next(one for one in reversed(team.recovery.notes) if one["step"] == step)
        team.shared[step] = f"failed: {note['why']}"
        return {"step": step, "agent": agent, "success": False, "content": "", "error": note["error"]}
    value = result.content if result.data is None else result.data
    team.shared[step] = value
    return {"step": step, "agent": agent, "success": True, "content": result.content, "output": value}


def _some(content: str, results: list[Table]) -> str:
    """Give what there is; raises `CollaborationError` when every piece has failed."""
    if not any(one["success"] for one in results):
        failed = ", ".join(f"{one['step']} ({one['error']})" for one in results)
        raise CollaborationError(f"every agent failed: {failed}", context={"results": results})
    return content
