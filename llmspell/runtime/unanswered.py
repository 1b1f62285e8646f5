"""Runs that wait for a person, where only an answer will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ApprovalRequiredError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.agent import AgentResult


def answered(result: AgentResult, name: str) -> str:
    """Give the text of an answer; raises `ApprovalRequiredError` for a run that waits."""
    if result.status == "done":
        return result.content
    raise unanswered(name, [(one.id, one.tool) for one in result.pending], result.state)


def unanswered(name: str, waiting: Sequence[tuple[str, str]], state: object) -> ApprovalRequiredError:
    """Give the error of a run that waits where only an answer will do; `waiting` are ids and tools of its calls."""
    listed = ", ".join(f"{tool} ({id_})" for id_, tool in waiting)
    return ApprovalRequiredError(
        f"agent {name!r} waits for a decision about {listed}",
        suggestions=[
            "use execute, and resume with its state and your decisions",
            "run the spell with --durable: it pauses there until somebody decides",
        ],
        context={"agent": name, "pending": [id_ for id_, _ in waiting], "state": state},
    )
