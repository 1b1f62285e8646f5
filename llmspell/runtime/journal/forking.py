"""Where another run may begin that shares the beginning of a run's log: a fork.

Any beginning of a log is what a crash would have left, and a run is taken up from there. A fork is more than that: it
goes on from a place where the first run knew what it had done. Hence it may not begin

- after the run's end, or after it was asked to end: nothing is left to do;
- between the intent and the outcome of an effect that may not be repeated: the fork would not know what became of it,
  though the first run did;
- between the first item and the end of a stream: the fork would see it break off, which never happened.

Time stands still from there until the fork is resumed for the first time: what had a limit has left what it had left.
What lies behind the beginning of a fork is done again, effects in the world, too. So is what the first run did with the
state that belongs to it alone: the fork has one of its own, which is made as the spell goes through its beginning.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from io import BufferedWriter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspell.errors import ValidationError
from llmspell.runtime.journal.cancelling import forget_cancel
from llmspell.runtime.journal.formats import OWN, encode
from llmspell.runtime.journal.opening import make, taken, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    Record = dict[str, Any]

REPEATABLE: Final = ("pure", "idempotent")


class Boundaries(NamedTuple):
    """Where forks may begin.

    sound    the numbers of records before which one may begin, in order; the number after the last record, too, when
             the run has not ended
    why      for each other number why not
    """

    sound: tuple[int, ...]
    why: dict[int, str]

    def nearest(self, n: int) -> list[int]:
        """Give the sound numbers next to one that is not, the lower first."""
        place = bisect_right(self.sound, n)
        return list(self.sound[max(place - 1, 0) : place + 1])


def boundaries(records: Sequence[Record]) -> Boundaries:
    """Find where forks of a run may begin."""
    streams = _last_items(records)
    open_effects: dict[str, str] = {}
    open_streams: dict[tuple[str, int], int] = {}
    over = ""
    sound: list[int] = []
    why: dict[int, str] = {}
    for n, record in enumerate([*records, {"k": ""}]):
        if n:
            reason = over or _reason(open_effects, open_streams)
            if reason:
                why[n] = reason
            else:
                sound.append(n)
        over = _over(record, over)
        _follow(record, open_effects)
        _stream(record, open_streams, streams)
    return Boundaries(tuple(sound), why)


def require_sound(records: Sequence[Record], n: int) -> None:
    """Raise `ValidationError`, with the nearest places, when no fork may begin before record `n`."""
    found = boundaries(records)
    if n in found.why or n not in found.sound:
        reason = found.why.get(n, f"the log has the records 0 to {len(records) - 1}, and the first is the run itself")
        near = found.nearest(n)
        raise ValidationError(
            f"no fork can begin before record {n}: {reason}",
            suggestions=[f"fork it before record {' or '.join(map(str, near))}"] if near else ["run the spell anew"],
            context={"at": n, "nearest": near},
        )


def again(records: Iterable[Record], n: int) -> list[Record]:
    """Give the effects behind the beginning of a fork that may not be repeated, and would be done once more."""
    return [
        one
        for one in records
        if one["n"] >= n and one["k"] == "intent" and one["e"] not in REPEATABLE and one.get("o") != "timer"
    ]


def fork(records: Sequence[Record], n: int, run_id: str, to: Path, now: float) -> None:
    """Write the log of a fork, begun `now`: the records before `n` with their times, under another id and a `parent`.

    It has its name when it is whole: half of it would be a fork from an earlier place, which does more again.
    Raises what `require_sound` raises, and `JournalError` when the log cannot be written.
    """
    require_sound(records, n)
    header = {**records[0], "t": now, "id": run_id, "parent": [records[0]["id"], n]}
    if to.exists():
        raise taken(to)
    beside = to.with_name(f"{to.name}.new")
    file = make(beside)
    try:
        with BufferedWriter(file) as out:
            kept = (one for one in records[1:n] if not _own(one, records[0]["id"]))
            paused = records[n - 1]["k"] == "finished"  # its time stands still already
            until = () if paused else ({"k": "forked", "t": records[n - 1]["t"]},)
            for number, record in enumerate((header, *kept, *until)):
                about = {key: one for key, one in record.items() if key not in OWN}
                out.write(encode(number, record["t"], about))
            out.flush()
            os.fsync(out.fileno())
        beside.replace(to)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(to, error, safe=0) from error
        raise
    forget_cancel(to)


def _own(record: Record, run_id: str) -> bool:
    """Tell whether a record is of the state that belongs to the run alone: a write of it, or what was read there."""
    if record.get("own"):
        return True
    given = record.get("i")
    read = record.get("o") == "effect" and str(record.get("s")).startswith("state.")
    return read and isinstance(given, list) and given[:2] == ["run", run_id]


def _over(record: Record, over: str) -> str:
    if record["k"] == "resumed":
        return ""
    if record["k"] == "finished" and record["status"] != "paused":
        return f"the run had ended there: it was {record['status']}"
    return over or ("the run had been asked to end there" if record["k"] == "cancel" else "")


def _follow(record: Record, open_effects: dict[str, str]) -> None:
    if record["k"] == "intent" and record["e"] not in REPEATABLE and record.get("o") != "timer":
        open_effects[record["p"]] = f"{record['o']} {record['s']!r} was under way there"
    elif record["k"] == "done":
        open_effects.pop(record["p"], None)


def _stream(record: Record, open_streams: dict[tuple[str, int], int], last: dict[tuple[str, int], int]) -> None:
    if record["k"] == "in" and record["m"].get("t") == "item":
        key = record["g"], record["m"]["s"]
        if record["n"] < last[key]:
            open_streams[key] = record["n"]
        else:
            open_streams.pop(key, None)


def _last_items(records: Iterable[Record]) -> dict[tuple[str, int], int]:
    """Give the last message of each stream: one of which no more came is broken off nowhere."""
    items = (one for one in records if one["k"] == "in" and one["m"].get("t") == "item")
    return {(one["g"], one["m"]["s"]): one["n"] for one in items}


def _reason(open_effects: dict[str, str], open_streams: dict[tuple[str, int], int]) -> str:
    if open_effects:
        return next(iter(open_effects.values()))
    return "items of a stream were coming there" if open_streams else ""
