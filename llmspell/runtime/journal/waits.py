"""Calls of agents that wait for a person in a durable run, as its log knows them.

A place is where an agent waits; it has rounds, as an agent may wait again when it has gone on. A record `waits` says of
a round which calls wait, a record `decided` what people said: the first one of a place is taken by its first round, and
so on. A record `waited` ends the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import RunPausedError, UsageError
from llmspell.model.decisions import decided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Record = dict[str, Any]
Table = dict[str, Any]

KINDS = ("waits", "decided", "waited")


class WaitRecords:
    """What a log says of the places of a run that wait for a person."""

    def __init__(self) -> None:
        self.asked: dict[str, dict[int, Record]] = {}
        """Records `waits`, by path and round."""
        self.decided: dict[str, list[Record]] = {}
        """Records `decided`, by path, in order."""
        self.over: dict[str, Record] = {}
        """Records `waited`, by path."""

    def take(self, record: Record) -> None:
        """Take one of these records."""
        path = record["p"]
        if record["k"] == "waits":
            self.asked.setdefault(path, {})[record["r"]] = record
        elif record["k"] == "decided":
            self.decided.setdefault(path, []).append(record)
        else:
            self.over[path] = record

    def answer(self, path: str, number: int) -> Record | None:
        """Give what was decided in a round of a place, None where nothing was."""
        found = self.decided.get(path, ())
        return found[number - 1] if len(found) >= number else None

    def check(self, decisions: Mapping[str, Mapping[str, object]]) -> None:
        """Raise `UsageError` for a decision about a call that does not wait, `ValidationError` for what is none."""
        waiting = {(place["p"], one["id"]) for place in self.open() for one in place["calls"]}
        for path, about in decisions.items():
            decided(about)
            for id_ in about:
                if (path, id_) not in waiting:
                    message = f"no call {id_!r} waits for a decision at {path}"
                    names = [f"{one} at {place}" for place, one in sorted(waiting)]
                    raise UsageError(message, suggestions=names or ["nothing waits: resume the run without decisions"])

    def open(self) -> list[Record]:
        """Give for each place that waits the record of its last round, with those calls of it that nobody decided."""
        found = []
        for path, rounds in self.asked.items():
            if path in self.over:
                continue
            last = rounds[max(rounds)]
            answers = self.decided.get(path, [])[last["r"] - 1 :]
            known = {id_ for one in answers for id_ in one["calls"]}
            calls = [one for one in last["calls"] if one["id"] not in known]
            if calls and not any(one.get("expired") for one in answers):
                found.append({**last, "calls": calls})
        return found


def waiting_calls(places: Iterable[Mapping[str, Any]]) -> list[Table]:
    """Give the calls of places as one list: each with its `path`, its agent, and until when it may be decided."""
    return [
        {
            "path": place["p"],
            "id": one["id"],
            "agent": one.get("agent") or place["agent"],
            "tool": one["tool"],
            "arguments": one["arguments"],
            "why": one["why"],
            "digest": one.get("digest") or None,
            "expires": place.get("expires"),
        }
        for place in places
        for one in place["calls"]
    ]


def paused(run: str, log: str, calls: Sequence[Mapping[str, Any]]) -> RunPausedError:
    """Give the error of a run that waits for decisions about these calls."""
    told = ", ".join(f"{one['tool']} of agent {one['agent']!r} ({one['id']})" for one in calls)
    return RunPausedError(
        f"run {run} is paused: a person must decide about {told}",
        suggestions=[f"llmspell runs resume {log or run} --approve-all", "call by call: --approve ID, --reject ID"],
        context={"run": run, "log": log, "waits": [dict(one) for one in calls]},
    )
