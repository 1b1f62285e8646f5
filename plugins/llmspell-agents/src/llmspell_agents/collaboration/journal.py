"""What members of a team have said so far: a work that waited for a person is done again up to there, from this.

A question has a key that does not depend on what came first of things that are done side by side, so the same work asks
the same questions. Who has answered is not asked again, nor who has failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError, RunStateError, ValidationError, error_types
from llmspell.model.agent import AgentResult
from llmspell.model.decisions import decided
from llmspell.model.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.errors import LlmspellError

Table = dict[str, Any]

FORMAT = 1
LABELS = "labels"
"""The key under which results and states say what their runs have read."""


class Waits(Exception):  # noqa: N818 - it is no failure: the work goes on another time
    """Say that a member waits for a person; no error, so that nobody recovers from it."""


class Journal:
    """Keep answers, failures and waiting runs by the keys of their questions."""

    def __init__(self) -> None:
        self.said: dict[str, Table] = {}
        self.waiting: dict[str, Table] = {}
        self._asked: dict[tuple[str, str], int] = {}
        self._decisions: dict[str, dict[str, object]] = {}

    @classmethod
    def read(cls, data: Mapping[str, Any], decisions: Mapping[str, object]) -> Journal:
        """Take up what is known of a work, with what was decided by the ids that `pending` shows.

        Raises `RunStateError` for what is no such data, and `ValidationError` for what is no decision or about nothing.
        """
        made = cls()
        decided(decisions)
        said, waiting = data.get("said"), data.get("waiting")
        if data.get("format") != FORMAT or not isinstance(said, dict) or not isinstance(waiting, dict):
            raise RunStateError(
                "the state of a collaboration is damaged, or of another version",
                suggestions=["pass `state` of a result as it is"],
            )
        made.said, made.waiting = dict(said), dict(waiting)
        for id_, one in decisions.items():
            key = next((key for key in sorted(waiting, key=len, reverse=True) if id_.startswith(f"{key}/")), None)
            if key is None:
                known = ", ".join(pending["id"] for pending in made.pending()) or "none"
                raise ValidationError(f"no call waits under {id_!r}", suggestions=[f"those that wait: {known}"])
            made._decisions.setdefault(key, {})[id_.removeprefix(f"{key}/")] = one
        return made

    def data(self) -> Table:
        """Give all this as JSON data.

        Who goes on knows what the others said, so the labels of all answers go along with each run that waits.
        """
        waiting = {key: {**run, "state": self._labelled(run["state"])} for key, run in self.waiting.items()}
        return {"format": FORMAT, "said": self.said, "waiting": waiting}

    def _labelled(self, state: Table) -> Table:
        data = dict(state.get("data") or {})
        found: dict[str, list[str]] = dict(data.get(LABELS) or {})
        for key, one in self.said.items():
            for label in one.get(LABELS, ()):
                found[label] = [*found.get(label, ()), f"what {key.partition(':')[0]} said"]
        return {**state, "data": {**data, LABELS: found}} if found else state

    def pending(self) -> list[Table]:
        """List the calls that wait."""
        return [{**one, "id": f"{key}/{one['id']}"} for key, run in self.waiting.items() for one in run["pending"]]

    def key(self, agent: str, about: str) -> str:
        """Give the key of the next question to an agent about something."""
        count = self._asked[agent, about] = self._asked.get((agent, about), 0) + 1
        return f"{agent}:{about}:{count}"

    def known(self, key: str) -> AgentResult:
        """Give what was answered before; raises the error of who failed."""
        one = self.said[key]
        if "error" in one:
            raise _error(one["error"])
        return AgentResult(content=one["content"], messages=(), data=one["data"])

    def usage(self, key: str) -> Usage:
        """Give what a question took that was asked before."""
        return Usage(**self.said[key]["usage"])

    def waited(self, key: str) -> tuple[Mapping[str, object], Mapping[str, object]] | None:
        """Give the state of a run that waited, and what was decided about its calls; None when none did."""
        run = self.waiting.pop(key, None)
        return None if run is None else (run["state"], self._decisions.get(key, {}))

    def waits(self, key: str, agent: str, result: AgentResult) -> None:
        """Note that an agent waits."""
        pending = [
            {
                "id": one.id,
                "tool": one.tool,
                "arguments": dict(one.arguments),
                "why": one.why,
                "agent": one.agent or agent,
                **({"digest": one.digest} if one.digest else {}),
            }
            for one in result.pending
        ]
        self.waiting[key] = {"state": dict(result.state or {}), "pending": pending}

    def answered(self, key: str, result: AgentResult, usage: Usage) -> None:
        """Note an answer."""
        labels = result.metadata.get(LABELS)
        self.said[key] = {
            "content": result.content,
            "data": result.data,
            "usage": counts(usage),
            **({LABELS: labels} if labels else {}),
        }

    def failed(self, key: str, error: LlmspellError, usage: Usage) -> None:
        """Note a failure."""
        self.said[key] = {"error": error.to_dict(), "usage": counts(usage)}


def counts(usage: Usage) -> Table:
    """Write all counts of tokens as JSON data."""
    return {
        "requests": usage.requests,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost": usage.cost,
    }


def _error(table: Table) -> LlmspellError:
    """Make the error that was noted."""
    kinds = (one for one in error_types() if (one.type, one.code) == (table["type"], table["code"]))
    kind = next(kinds, CollaborationError)
    return kind(table["message"], suggestions=table["suggestions"], context=table["context"])
