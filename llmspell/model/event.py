"""Events: something that happened, told to whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Event(NamedTuple):
    """One event.

    `name` is snake_case; `data` is JSON data; `time` is seconds since the epoch; `sequence` counts up by one within
    a bus; `run` is the run's id or ""; `source` names who emitted it.
    """

    name: str
    data: Mapping[str, object]
    time: float = 0.0
    sequence: int = 0
    run: str = ""
    source: str = ""

    def to_dict(self) -> dict[str, object]:
        """Give the event as JSON data, with `type` for `name` as scripts know it."""
        return {
            "type": self.name,
            "name": self.name,
            "data": dict(self.data),
            "timestamp": self.time,
            "sequence": self.sequence,
            "run": self.run,
            "source": self.source,
        }
