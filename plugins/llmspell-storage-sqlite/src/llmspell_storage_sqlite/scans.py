"""Scans: pairs in key order from one snapshot, read ahead so that short scans hold it for no time at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell_storage_sqlite.statements import sound

if TYPE_CHECKING:
    from llmspell_storage_sqlite.port import Connection, Rows

MOST_PAIRS = 1000
MOST_BYTES = 1 << 20

_OPEN = "SELECT key, value, crc FROM pairs WHERE key >= ? ORDER BY key"
_BOUNDED = "SELECT key, value, crc FROM pairs WHERE key >= ? AND key < ? ORDER BY key"


class Part(NamedTuple):
    """Some pairs, and whether there may be more."""

    pairs: list[tuple[str, bytes]]
    more: bool


class Snapshot:
    """Read the pairs of a range on a connection of its own; the first read begins the snapshot."""

    def __init__(self, connection: Connection, prefix: bytes, start: bytes, end: bytes | None) -> None:
        self._connection = connection
        self._query, self._values = _range(prefix, start, end)
        self._cursor: Rows | None = None

    def read(self) -> Part:
        """Read up to 1000 pairs or 1 MiB of values; the last part ends the snapshot."""
        if self._cursor is None:
            self._cursor = self._connection.execute(self._query, self._values)
        pairs: list[tuple[str, bytes]] = []
        size = 0
        for key, value, crc in self._cursor:
            sound(key, value, crc)
            pairs.append((key.decode(), value))
            size += len(value)
            if len(pairs) == MOST_PAIRS or size >= MOST_BYTES:
                return Part(pairs, more=True)
        self.close()
        return Part(pairs, more=False)

    def close(self) -> None:
        """End the snapshot."""
        self._connection.close()


def _range(prefix: bytes, start: bytes, end: bytes | None) -> tuple[str, list[bytes]]:
    """Write a range as a query: with the prefix, from `start` on, before `end`."""
    lower = max(prefix, start)
    upper = [prefix[:-1] + bytes([prefix[-1] + 1])] if prefix else []  # UTF-8 has no byte 0xff
    upper += [] if end is None else [end]
    return (_BOUNDED, [lower, min(upper)]) if upper else (_OPEN, [lower])
