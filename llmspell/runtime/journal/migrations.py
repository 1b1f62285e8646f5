"""Bring journals of older formats to today's: a function for the records of each format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from llmspell.runtime.journal.formats import Record

    Step: TypeAlias = Callable[[Record], Record]


class Formats(NamedTuple):
    """The format that is written, and by each older one the step that makes its records those of the next.

    A step gives one record for each, which keeps its `n`: others name it by that.
    """

    written: int
    steps: Mapping[int, Step]


TODAY: Final = Formats(1, {})
"""Format 1 is the first: there is nothing older yet."""


def migrate(records: Iterable[Record], formats: Formats = TODAY) -> Iterator[Record]:
    """Yield records as those of the format that is written; the header, which tells theirs, comes first."""
    stream = iter(records)
    for header in stream:
        version = header["format"]
        yield renew(header, version, formats) | {"format": formats.written}
        for record in stream:
            yield renew(record, version, formats)


def renew(record: Record, version: int, formats: Formats = TODAY) -> Record:
    """Make a record of format `version` one of the format that is written."""
    for older in range(version, formats.written):
        record = formats.steps[older](record)
    return record
