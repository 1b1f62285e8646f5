"""Scans: pairs in key order from one snapshot, read ahead so that short scans hold it for no time at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

MOST_PAIRS = 1000
MOST_BYTES = 1 << 20

Pairs = list[tuple[str, bytes]]


class Snapshot(Protocol):
    """A view of one moment that is read from the first pair to the last, by one thread at a time."""

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """Give the pairs of the range, in key order; called once, and the first pair begins the view at the latest."""
        ...

    def close(self) -> None:
        """End the view; once is enough, twice does no harm."""
        ...


def upper(prefix: bytes, end: bytes | None) -> bytes | None:
    """Give the key before which a range ends: that of the prefix, or `end`; None when there is none."""
    ends = [prefix[:-1] + bytes([prefix[-1] + 1])] if prefix else []  # UTF-8 has no byte 0xff
    return min(ends + ([] if end is None else [end]), default=None)


async def scanned(snapshot: Snapshot) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the pairs of a view and close it.

    A range of at most 1000 pairs and 1 MiB is read before the first is yielded; only a longer one keeps its view, until
    its last pair has been read.
    """
    pairs: Iterator[tuple[bytes, bytes]] | None = None

    def read() -> tuple[Pairs, bool]:
        nonlocal pairs
        pairs = pairs or snapshot.pairs()
        found: Pairs = []
        size = 0
        for key, value in pairs:
            found.append((key.decode(), value))
            size += len(value)
            if len(found) == MOST_PAIRS or size >= MOST_BYTES:
                return found, True
        snapshot.close()
        return found, False

    try:
        more = True
        while more:
            some, more = await in_thread(read)
            for pair in some:
                yield pair
    finally:
        snapshot.close()
