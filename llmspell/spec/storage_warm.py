"""Values that were read lately, so that reading them again asks nobody; never another value than the file holds.

A commit first forgets what it changes, and nothing that was read before its end is kept after it. So a value that is
here is what the file holds, whoever reads it and when. One process has the file, so nobody else changes it.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENTRY = 200
"""Bytes of memory that a value costs beside its key and itself."""

SHARE = 8
"""A value larger than this part of all room is not kept: it would push out too much."""


class Warm:
    """Keep values by key, of a number of bytes at most; what was kept first goes first.

    Readers and the writer are different threads. `get` and `holds` need no lock: a dict answers in one step.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._size = 0
        self._values: dict[bytes, bytes] = {}
        self._lock = threading.Lock()
        self.get = self._values.get
        self.holds = self._values.__contains__
        self.moment = 0
        """Changes with every commit and is odd while one is under way; ask for it before you read the file."""

    def keep(self, key: bytes, value: bytes, moment: int) -> None:
        """Keep what the file held at a moment, unless a commit has begun or passed since."""
        size = _size(key, value)
        if size * SHARE > self._room:
            return
        with self._lock:
            if moment != self.moment or moment % 2 or key in self._values:
                return
            self._values[key] = value
            self._size += size
            while self._size > self._room:
                self._forget(next(iter(self._values)))

    @contextmanager
    def changing(self, keys: Iterable[bytes] | None) -> Iterator[None]:
        """Forget some keys, None for all, and keep nothing that is read before the block ends."""
        with self._lock:
            self.moment += 1
            for key in list(self._values) if keys is None else keys:
                if key in self._values:
                    self._forget(key)
        try:
            yield
        finally:
            with self._lock:
                self.moment += 1

    def _forget(self, key: bytes) -> None:
        self._size -= _size(key, self._values.pop(key))


def _size(key: bytes, value: bytes) -> int:
    return len(key) + len(value) + ENTRY
