"""Ranges of one moment, on a connection of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.storage_scan import upper
from llmspell_storage_sqlite.failures import explained
from llmspell_storage_sqlite.statements import sound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmspell_storage_sqlite.port import Connection

_OPEN = "SELECT key, value, crc FROM pairs WHERE key >= ? ORDER BY key"
_BOUNDED = "SELECT key, value, crc FROM pairs WHERE key >= ? AND key < ? ORDER BY key"


class Snapshot:
    """Read the pairs of a range; the first one begins the snapshot."""

    def __init__(self, connection: Connection, path: Path, prefix: bytes, start: bytes, end: bytes | None) -> None:
        self._connection = connection
        self._path = path
        last = upper(prefix, end)
        self._values = [max(prefix, start)] + ([] if last is None else [last])

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """Give the pairs, in key order."""
        with explained(self._path):
            for key, value, crc in self._connection.execute(
                _OPEN if len(self._values) == 1 else _BOUNDED, self._values
            ):
                yield key, sound(key, value, crc)

    def close(self) -> None:
        """End the snapshot."""
        self._connection.close()
