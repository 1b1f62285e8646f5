"""When the next backup of the store is due, and which of the old ones may go."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAME = re.compile(r"llmspell-(?P<label>.+)-(?P<time>\d{8}T\d{6}Z)\.backup")
_PARTIAL = re.compile(r"(?P<whole>.+\.backup)\.[^.]+\.partial[^.]*")
ABANDONED = 86_400.0
"""Seconds after which a backup that was never finished is taken for one of a process that died."""
_TIME = "%Y%m%dT%H%M%SZ"


class Schedule(NamedTuple):
    """How often (seconds), how many are kept, where, and of which store: others may have theirs in the same folder."""

    interval: float
    keep: int
    folder: Path
    label: str


def name_at(schedule: Schedule, now: float) -> str:
    """Give the name of a backup that is made at a moment, in seconds since the epoch."""
    return f"llmspell-{schedule.label}-{dt.datetime.fromtimestamp(int(now), dt.UTC).strftime(_TIME)}.backup"


def times(schedule: Schedule, names: Iterable[str]) -> dict[str, float]:
    """Tell when the backups of the store among some files were made; other files are none of ours."""
    found = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match and match["label"] == schedule.label:
            found[name] = dt.datetime.strptime(match["time"], _TIME).replace(tzinfo=dt.UTC).timestamp()
    return found


def wait(schedule: Schedule, names: Iterable[str], now: float) -> float:
    """Tell in how many seconds the next backup is due; one that says it was made in the future counts for nothing."""
    past = [made for made in times(schedule, names).values() if made <= now]
    return max(0.0, max(past) + schedule.interval - now) if past else 0.0


def superfluous(schedule: Schedule, names: Iterable[str], newest: str) -> list[str]:
    """List the backups that may go, the oldest first, so that `keep` are left; never the one just made."""
    others = sorted((name for name in times(schedule, names) if name != newest), key=lambda name: name)
    return others[: max(0, len(others) + 1 - schedule.keep)]


def abandoned(schedule: Schedule, names: Iterable[str], now: float) -> list[str]:
    """List what processes left behind that died while they made a backup of the store."""
    parts = {name: match["whole"] for name in names if (match := _PARTIAL.fullmatch(name))}
    begun = times(schedule, parts.values())
    return sorted(name for name, whole in parts.items() if whole in begun and begun[whole] < now - ABANDONED)
