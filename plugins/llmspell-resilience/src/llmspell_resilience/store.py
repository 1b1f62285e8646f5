"""Answers in memory, by the digest of what was asked: bounded by size, the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from msgspec import json

T = TypeVar("T")

if TYPE_CHECKING:
    from llmspell.model.call import Call
    from llmspell.spec import Context

OVERHEAD = 200
"""Bytes that an entry takes besides its text, roughly."""


class Kept(NamedTuple, Generic[T]):
    """A value, when it was kept (monotonic seconds), and its size in bytes."""

    value: T
    at: float
    size: int


class Store(Generic[T]):
    """Keep values until there is no room for them; age is judged by who asks."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.size = 0
        self.evicted = 0
        self._kept: OrderedDict[bytes, Kept[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: bytes, now: float, most: float) -> T | None:
        """Give a value that is at most so many seconds old."""
        found = self._kept.get(key)
        if found is None or now - found.at > most:
            return None
        self._kept.move_to_end(key)
        return found.value

    def put(self, key: bytes, value: T, now: float) -> bool:
        """Keep a value and tell whether it was; one that JSON cannot hold, or that is too big, is not."""
        try:
            size = len(json.encode(value)) + OVERHEAD
        except (TypeError, ValueError, RecursionError):  # half a surrogate pair, a result that is no data
            return False
        old = self._kept.pop(key, None)
        if old is not None:
            self.size -= old.size
        if size > self.room:
            return False
        self._kept[key] = Kept(value, now, size)
        self.size += size
        while self.size > self.room:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size
            self.evicted += 1
        return True


def key_of(call: Call, ctx: Context) -> bytes | None:
    """Give the digest of who asks whom for what; None for what JSON cannot hold.

    Whatever reaches the service is in it, key order and spelling of numbers aside, and the user.
    """
    asked = (call.operation, ctx.scope.principal, call.metadata.get("provider"), call.subject, call.input)
    try:
        return sha256(json.encode(asked, order="deterministic")).digest()
    except (TypeError, ValueError, RecursionError):
        return None
