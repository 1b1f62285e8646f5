"""Agents that wait for a person within a tool call of another agent: the whole run waits, and goes on in there.

What they wait for is shown at the outermost run, under ids that begin with that of the call which runs the agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from llmspell.model.approval import Pending
from llmspell.model.run_state import WITHIN

if TYPE_CHECKING:
    from llmspell.errors import ApprovalRequiredError
    from llmspell.model.approval import Decision
    from llmspell.model.llm import ToolCall
    from llmspell.model.run_state import RunState
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.run import Run
    from llmspell.runtime.tools import BoundTool, ScriptTool


class RunsAgent(Protocol):
    """A tool whose call is a run of an agent."""

    def again(self, state: Mapping[str, object], decisions: Mapping[str, Decision]) -> ScriptTool:
        """Give a tool that goes on with a run, whatever its arguments say."""
        ...


def waits(state: RunState, call: ToolCall, bound: BoundTool, error: ApprovalRequiredError) -> tuple[Pending, ...]:
    """Enter into a run's state that an agent waits within a call, and give what it waits for; nothing for other tools.

    A tool that runs an agent by itself cannot go on in its midst, so its call has failed.
    """
    inner = error.context.get("state")
    if not hasattr(bound.target, "again") or not isinstance(inner, Mapping):
        return ()
    known = cast("dict[str, object]", state.data.setdefault(WITHIN, {}))
    state.data[WITHIN] = {**known, call.id: {"agent": inner["agent"], "state": dict(inner)}}
    return tuple(_shown(one, call, str(inner["agent"])) for one in cast("list[dict[str, Any]]", inner["pending"]))


def who_waited(agent: Agent, state: Mapping[str, object], run: Run) -> Agent:
    """Give the agent whose run goes on: the one that was asked, or one that stood in for it.

    Raises `AgentNotFoundError` when that is not there.
    """
    return agent if state.get("agent") == agent.name else run.directory.get(str(state.get("agent")))


def _shown(one: Mapping[str, Any], call: ToolCall, agent: str) -> Pending:
    return Pending(
        id=f"{call.id}/{one['id']}",
        tool=one["tool"],
        arguments=one["arguments"],
        why=one["why"],
        agent=one["agent"] or agent,
        digest=one.get("digest", ""),
    )


def goes_on(state: RunState, call: ToolCall, bound: BoundTool) -> BoundTool | None:
    """Give what goes on with the agent that waited within a call, with what was decided; None when none did.

    The decisions are taken out of the run's state: they are the agent's now.
    """
    from llmspell.runtime.tools import BoundTool  # noqa: PLC0415 - which is here when there is a call

    known = cast("dict[str, dict[str, Any]]", state.data.get(WITHIN) or {})
    waited = known.get(call.id)
    if waited is None or not hasattr(bound.target, "again"):
        return None
    state.data[WITHIN] = {id_: one for id_, one in known.items() if id_ != call.id}
    start = f"{call.id}/"
    own = {id_: state.decisions.pop(id_) for id_ in list(state.decisions) if id_.startswith(start)}
    decisions = {id_.removeprefix(start): one for id_, one in own.items()}
    target = cast("RunsAgent", bound.target).again(waited["state"], decisions)
    return BoundTool(bound.component, target, bound.schema)
