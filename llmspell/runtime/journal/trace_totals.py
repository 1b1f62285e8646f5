"""What a run took: time, tokens, money, and how often it did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, fields_dict

from llmspell.model.llm import Usage
from llmspell.runtime.journal.trace import CALL, METERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.journal.trace import Operation, Trace

_COUNTS: Final = tuple(fields_dict(Usage))


@define
class Totals:
    """Sums over operations: `outcomes` counts them by status, `seconds` adds up what went on side by side, too."""

    count: int = 0
    seconds: float = 0.0
    replayed: int = 0
    outcomes: dict[str, int] = field(factory=dict)
    usage: Usage = field(factory=Usage)

    def add(self, one: Operation) -> None:
        """Count an operation."""
        self.count += 1
        self.seconds += one.seconds or 0.0
        self.replayed += one.replayed
        self.outcomes[one.status] = self.outcomes.get(one.status, 0) + 1
        if one.operation in METERED and one.usage is not None:
            self.usage += usage_of(one.usage)

    def to_dict(self) -> dict[str, object]:
        """Give the sums as JSON data."""
        return {
            "count": self.count,
            "seconds": round(self.seconds, 6),
            "replayed": self.replayed,
            "outcomes": dict(sorted(self.outcomes.items())),
            "usage": {name: getattr(self.usage, name) for name in _COUNTS},
        }


def totals(trace: Trace) -> tuple[Totals, dict[str, Totals]]:
    """Give the sums of a run, and those of each of its operations by name; calls of the script are none."""
    whole, each = Totals(), dict[str, Totals]()
    for _, one in trace.walk():
        if one.operation != CALL:
            whole.add(one)
            each.setdefault(one.operation, Totals()).add(one)
    return whole, dict(sorted(each.items()))


def usage_of(told: Mapping[str, Any]) -> Usage:
    """Read recorded token counts; what is no number counts as unknown."""
    numbers = {
        name: told[name]
        for name in _COUNTS
        if isinstance(told.get(name), int | float) and not isinstance(told[name], bool)
    }
    return Usage(**numbers)
