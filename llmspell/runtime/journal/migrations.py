"""Bring journals of older formats to today's: a function from each format to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from llmspell.runtime.journal.formats import FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from llmspell.runtime.journal.formats import Record

    Step: TypeAlias = Callable[[Iterator[Record]], Iterator[Record]]
    """Give as many records as came, in the same order and with the same `n`: others name them by it."""

STEPS: Final[Mapping[int, Step]] = {}
"""By the format that is read; format 1 is the first, so there is none yet."""


def migrate(records: Iterable[Record], steps: Mapping[int, Step] = STEPS, known: int = FORMAT) -> Iterator[Record]:
    """Yield records of any known format as those of today; the header, which tells the format, comes first."""
    stream = iter(records)
    header = next(stream, None)
    if header is None:
        return
    written = header["format"]
    stream = _before(header, stream)
    for version in range(written, known):
        stream = _renamed(steps[version](stream), version + 1)
    yield from stream


def _before(header: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield header
    yield from rest


def _renamed(records: Iterator[Record], version: int) -> Iterator[Record]:
    """Say in the header which format the records have now."""
    yield {**next(records), "format": version}
    yield from records
