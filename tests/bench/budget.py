"""What a budget is: something measured, against what, and how much of it is allowed."""

from __future__ import annotations

from dataclasses import dataclass

OURS = "llmspell"
BEST_PEER = "best peer"
PYTHON = "python -c pass"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """One row.

    what      its name on the page
    bench     the bench that measures it
    group     the contest it is judged by (its name, unless two budgets share a contest)
    unit      of the measures
    goal      the most that is allowed; None shows a measure without judging it
    over      the goal multiplies what this contestant took; None: the goal is in `unit`
    floor     the contestant that does nothing but the unavoidable
    peers     those with the same purpose
    cause     why it is missed, when it is
    chosen    the goal is none of the design's: it was set from the floor
    """

    what: str
    bench: str
    unit: str
    goal: float | None = None
    over: str | None = None
    floor: str | None = None
    peers: tuple[str, ...] = ()
    group: str = ""
    cause: str = ""
    chosen: bool = False

    @property
    def contest(self) -> str:
        """Name the contest whose samples judge this budget."""
        return self.group or self.what
