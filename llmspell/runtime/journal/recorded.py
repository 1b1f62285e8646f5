"""What a log says of an earlier life of a run, arranged for look-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.runtime.journal.texts import expand
from llmspell.runtime.journal.waits import KINDS, WaitRecords

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]


class Uncertain(NamedTuple):
    """An effect that was begun, may not be repeated, and of which no outcome is known."""

    path: str
    operation: str
    subject: str
    at: str


class Recorded:
    """Index the records of a run.

    header     the first record
    outcomes   how effects ended, by path
    intents    effects that were begun, by path
    answers    containers in whose place hooks answered or refused, by path
    begun      the paths of all containers that were begun
    ended      containers that came to an end of their own, by path
    cancelled  the paths of those that were cancelled
    guests     what went to and came from each guest, in order
    texts      values that others mention
    timers     bounds of time, by path
    modules    the SHA-256 of the files that were loaded, by path
    waits      places that wait for a person, and what was decided
    status     how the run ended, or `paused`, as a new fork is, too; empty where it did not
    stood      for how many seconds it was paused until it went on
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.header: Record = {}
        self.outcomes: dict[str, Record] = {}
        self.intents: dict[str, Record] = {}
        self.answers: dict[str, Record] = {}
        self.begun: set[str] = set()
        self.ended: dict[str, Record] = {}
        self.cancelled: set[str] = set()
        self.guests: dict[str, list[Record]] = {}
        self.texts: dict[str, Any] = {}
        self.timers: dict[str, Record] = {}
        self.modules: dict[str, str] = {}
        self.waits = WaitRecords()
        self.status = ""
        self.stood = 0.0
        self._paused_at = 0.0
        for record in records:
            self._take(record)

    def _take(self, record: Record) -> None:
        kind = record["k"]
        if kind in ("in", "out"):
            self.guests.setdefault(record["g"], []).append(record)
        elif kind in ("intent", "done") and record["o"] == "timer":
            self.timers[record["p"]] = {**self.timers.get(record["p"], {}), **record}
        elif kind == "intent":
            self.intents[record["p"]] = record
        elif kind == "done":
            self.outcomes[record["p"]] = record
        elif kind == "begin":
            self.begun.add(record["p"])
        elif kind == "end":
            (self.answers if "v" in record or record.get("refused") else self.ended)[record["p"]] = record
            if record.get("cancelled"):
                self.cancelled.add(record["p"])
        else:
            self._take_seldom(record)

    def _take_seldom(self, record: Record) -> None:
        match record["k"]:
            case "run":
                self.header = record
            case "text":
                self.texts[record["d"]] = record["v"]
            case "module":
                self.modules[record["name"]] = record["d"]
            case "finished":
                self.status, self._paused_at = record["status"], record.get("t", 0.0)
            case "forked":
                self.status, self._paused_at = "paused", record["t"]
            case "resumed":
                self.went_on(record.get("t", 0.0))
            case kind if kind in KINDS:
                self.waits.take(record)

    def went_on(self, now: float) -> None:
        """Have time stand still from the moment at which the run was paused, if it was, until now."""
        if self.status == "paused":
            gap = max(0.0, now - self._paused_at)
            for timer in self.timers.values():
                if timer.get("fired") is None:
                    timer["due"] += gap
            self.stood += max(0.0, now - max(self._paused_at, self.header.get("t", 0.0)))
        self.status = ""

    def value(self, data: object) -> object:
        """Give a recorded value with what it mentions."""
        return expand(data, self.texts)

    def covered(self, path: str) -> bool:
        """Tell whether something happened within an effect that is answered as a whole: nothing in it runs again."""
        while path:
            if path in self.outcomes or path in self.answers:
                return True
            path = path.rpartition("/")[0]
        return False

    def given_up(self, path: str) -> bool:
        """Tell whether something lies within a container that was cancelled: what had not begun by then does not."""
        while self.cancelled and (path := path.rpartition("/")[0]):
            if path in self.cancelled:
                return True
        return False

    def uncertain(self) -> list[Uncertain]:
        """Give the effects of which nobody knows whether they happened."""
        open_ones = (one for path, one in self.intents.items() if path not in self.outcomes)
        calls = self._calls()
        return [
            Uncertain(one["p"], one["o"], one["s"], calls.get(one["p"].partition("/")[0], ""))
            for one in open_ones
            if one["e"] == "once"
        ]

    def _calls(self) -> dict[str, str]:
        """Give the source line of each call of the first guest, by the beginning of its path."""
        said = (one for record in self.guests.get("", ()) if record["k"] == "out" for one in record["m"])
        return {f"c{one[1]}:{one[2]}": str(one[4] or "") for one in said if one[0] == "call"}
