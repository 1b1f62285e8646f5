"""What to do when an agent of a team fails: each strategy has its own way, and what was done is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError, LlmspellError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.agent import AgentResult
    from llmspell_agents.collaboration.team import Team

WAYS: Mapping[str, str] = {
    "sequential": "retry",
    "parallel": "skip",
    "consensus": "skip",
    "hierarchical": "reassign",
    "dynamic": "skip",
    "swarm": "skip",
}
"""Strategy -> what it does unless it is told otherwise: a chain breaks where a link fails, side by side others go on,
who plans gives the work to somebody else, who coordinates hears of it and chooses anew."""


class Recovery:
    """Follow one way for every failure of a team."""

    def __init__(self, way: str = "abort", retries: int = 0) -> None:
        self.way = way
        self.retries = retries
        self.spared = ""
        """An agent to which nothing is reassigned: it leads."""
        self.notes: list[dict[str, Any]] = []

    def note(self, action: str, step: str, agent: str, error: LlmspellError) -> None:
        """Write down what was done about a failure."""
        self.notes.append({"action": action, "step": step, "agent": agent, "error": error.type, "why": error.message})

    async def ask(self, team: Team, step: str, agent: str, text: str, output: object = None) -> AgentResult | None:
        """Have a piece of work done; None when it is left out.

        `retry` asks the same agent again, `reassign` the others in their order; when none of that helps they give up.
        Raises `CollaborationError` with the last failure as its cause, and at once what is not the agent's own failure.
        """
        others = [name for name in team.names if name not in (agent, self.spared)] if self.way == "reassign" else []
        again = [agent] * self.retries if self.way == "retry" else others
        for turn, who in enumerate((agent, *again)):
            try:
                return await team.ask(who, text, output=output, about=step)
            except LlmspellError as error:
                if not team.own(error):
                    raise
                if self.way == "skip":
                    self.note("skip", step, who, error)
                    return None
                if turn < len(again):
                    self.note(self.way, step, who, error)
                    continue
                raise CollaborationError(
                    f"{step!r} failed with agent {who!r}: {error.message}",
                    suggestions=["say on_failure = 'retry', 'reassign' or 'skip'"],
                    context={"step": step, "agent": who, "recoveries": self.notes, "error": error.to_dict()},
                ) from error
        raise AssertionError("a loop over at least one agent ends inside")
