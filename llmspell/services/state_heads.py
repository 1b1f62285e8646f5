"""The newest versions that memory holds, within a bound: what is cold is compressed, what is colder is let go."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.services.state_records import UNREAD, decode, read

if TYPE_CHECKING:
    from llmspell.services.state_records import Head

ENTRY = 250
"""Bytes of memory that a head costs beside its name and its value."""

WORTH = 512
"""Bytes from which a value is worth compressing."""

RELIEF = 0.8
"""How full the memory is when pressure ends."""


class HeadStats(NamedTuple):
    """Count heads: all, those compressed now; bytes in use; how often one was compressed and let go."""

    heads: int
    packed: int
    bytes: int
    compressions: int
    evictions: int


class Heads:
    """Keep heads by name, of `room` bytes at most.

    Under pressure all are looked at, the oldest first, until enough room is free: one that was read since the last look
    stays and is cold from now on, a large cold one is compressed, a small or compressed one is let go. Three looks are
    enough. The store has what is let go.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._heads: dict[str, Head] = {}
        self._size = 0
        self._packed = self._compressions = self._evictions = 0
        self.get = self._heads.get

    def keep(self, name: str, head: Head) -> None:
        """Keep the newest version of a key."""
        old = self._heads.pop(name, None)
        if old is not None:
            self._size -= old.size
            self._packed -= old.packed
        head.size = size = _size(name, head)
        self._heads[name] = head
        self._size += size
        if self._size > self._room:
            self._relieve()

    def forget(self, name: str) -> None:
        """Let go of a key."""
        head = self._heads.pop(name, None)
        if head is not None:
            self._size -= head.size
            self._packed -= head.packed

    def forget_all(self, prefix: str) -> None:
        """Let go of all keys with a prefix."""
        for name in [name for name in self._heads if name.startswith(prefix)]:
            self.forget(name)

    def value(self, name: str, key: str, head: Head) -> Any:
        """Give the value of a head that has one; a compressed one is warm again afterwards."""
        head.warm = True
        if not head.packed:
            return read(key, head)
        raw = zlib.decompress(head.raw or b"")
        if self._heads.get(name) is head:
            self.forget(name)
            head.raw, head.packed = raw, False
            self.keep(name, head)
        return decode(key, raw)

    def stats(self) -> HeadStats:
        """Count."""
        return HeadStats(len(self._heads), self._packed, self._size, self._compressions, self._evictions)

    def _relieve(self) -> None:
        goal = self._room * RELIEF
        for name in list(self._heads) * 3:
            if self._size <= goal:
                return
            head = self._heads.get(name)
            if head is None:
                continue
            if head.warm:
                head.warm = False
                self._heads[name] = self._heads.pop(name)
            elif not head.packed and head.raw is not None and len(head.raw) >= WORTH:
                self._pack(name, head)
            else:
                self.forget(name)
                self._evictions += 1

    def _pack(self, name: str, head: Head) -> None:
        self.forget(name)
        head.raw, head.packed, head.value = zlib.compress(head.raw or b"", 1), True, UNREAD
        head.size = _size(name, head)
        self._heads[name] = head
        self._size += head.size
        self._packed += 1
        self._compressions += 1


def _size(name: str, head: Head) -> int:
    return ENTRY + len(name) + (len(head.raw) if head.raw is not None else 0)
