"""What can be wrong with an archive, in errors that say which entry, and the caps that a hostile one runs into."""

from __future__ import annotations

from attrs import define, frozen

from llmspell.errors import ResourceExhaustedError, ToolExecutionError
from llmspell.model.units import format_size

FLOOR = 1 << 20
"""Bytes below which no ratio is asked about: small files of zeros are no bombs."""

_SHOWN = 200


def shown(name: str) -> str:
    """Give an entry's name fit to be shown: what a terminal or JSON could not bear is escaped, and it has an end."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def broken(reason: str, entry: str | None = None) -> ToolExecutionError:
    """Say that the archive is not what its format demands."""
    where = "the archive" if entry is None else f"the entry {shown(entry)!r} of the archive"
    return ToolExecutionError(
        f"{where} cannot be read: {reason}",
        suggestions=["Get the archive again, or make it anew: it is damaged or was made to deceive."],
        context={"entry": None if entry is None else shown(entry), "reason": reason},
    )


def unsupported(reason: str, entry: str, advice: str) -> ToolExecutionError:
    """Say that an entry needs what is not there."""
    return ToolExecutionError(
        f"the entry {shown(entry)!r} of the archive {reason}",
        suggestions=[advice],
        context={"entry": shown(entry), "reason": reason},
    )


def unsafe(
    name: str, reason: str, advice: str = "Do not extract this archive; `list` shows what is in it."
) -> ToolExecutionError:
    """Say that an entry may not be put on a disk."""
    return ToolExecutionError(
        f"the archive holds {shown(name)!r}, which {reason}",
        suggestions=[advice],
        context={"entry": shown(name), "reason": reason},
    )


@frozen(kw_only=True)
class Limits:
    """How much may come out of an archive: bytes in all and of one file, entries, ratio, and how paths may look."""

    total: int
    file: int
    entries: int
    ratio: float
    depth: int
    length: int


def _over(what: str, limit: str, argument: str) -> ResourceExhaustedError:
    return ResourceExhaustedError(
        f"the archive holds {what}, the limit is {limit}",
        suggestions=[f"Raise `{argument}` if you trust where the archive comes from."],
        context={"limit": argument},
    )


def too_many(entries: int) -> ResourceExhaustedError:
    """Say that an archive has more entries than are allowed, with the folders that their names imply."""
    return _over(f"more than {entries} entries", str(entries), "max_entries")


@define
class Meter:
    """Count what comes out of an archive, and stop it at a cap."""

    limits: Limits
    entries: int = 0
    total: int = 0
    of_entry: int = 0

    def enter(self) -> None:
        """Count an entry."""
        self.entries += 1
        self.of_entry = 0
        self.expect(self.entries)

    def expect(self, entries: int) -> None:
        """Stop at a number of entries that the archive announces."""
        if entries > self.limits.entries:
            raise too_many(self.limits.entries)

    def announce(self, size: int, name: str) -> None:
        """Stop at a size that an entry announces, before anything of it is read."""
        if size > self.limits.file:
            raise _over(f"{shown(name)!r} of {format_size(size)}", format_size(self.limits.file), "max_file_size")

    def file(self, count: int, name: str) -> None:
        """Count bytes of the present entry."""
        self.of_entry += count
        self.announce(self.of_entry, name)

    def come_out(self, count: int, came_in: int) -> None:
        """Count bytes that came out of the archive; `came_in` of it were read so far."""
        self.total += count
        if self.total > self.limits.total:
            raise _over("more than may come out of it", format_size(self.limits.total), "max_total_size")
        self.ratio(self.total, came_in)

    def ratio(self, out: int, came_in: int) -> None:
        """Stop at a ratio no honest file has."""
        if out > FLOOR and out > self.limits.ratio * max(came_in, 1):
            raise _over(f"data packed more than {self.limits.ratio:g} to 1", f"{self.limits.ratio:g} to 1", "max_ratio")
