"""What is remembered of an encrypted store outside of it, so that the whole of it cannot be put back unnoticed.

One line: the name of the store's list, its changes, the mark of its index, and the SHA-256 of these, which tells a line
that was cut by a crash. It is no secret, and not signed: who can write it could put back an older one all the same.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

from llmspell.errors import EncryptionError
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from llmspell.runtime.store_list import Index
    from llmspell.spec.encryptions import Anchor, Seal

LAG: Final = 60.0
"""Seconds that the anchor is behind while a store is open, at least. A power cut may take commits of the last moments
from some stores, and an anchor that knew of them would take that for an attack."""

WAY_OUT: Final = "if you know that it was put back, or begun anew: llmspell storage verify --accept"


class Remembered:
    """Compare a store with its anchor, and write the anchor once a minute and when the store is closed.

    `seal` tells the mark of an index. Without an anchor, nothing is remembered.
    """

    def __init__(self, anchor: Anchor | None, seal: Seal) -> None:
        self._anchor = anchor
        self._seal = seal
        self._next: tuple[Index, float] | None = None
        self._last: Index | None = None

    async def changes(self, name: bytes | None = None) -> int | None:
        """Give the changes that the anchor knows of, of the list of this name or of any; None where it knows none."""
        found = await self._read()
        return None if found is None or (name is not None and found[0] != name) else found[1]

    async def _read(self) -> tuple[bytes, int, bytes] | None:
        data = None if self._anchor is None else await in_thread(self._anchor.read)
        return None if data is None else _read(data)

    async def require(self, index: Index | None) -> None:
        """Refuse a store that is behind its anchor; raises `EncryptionError`. None stands for one that is empty."""
        found = await self._read()
        if found is None:
            return
        if index is None:
            raise _refused("the store is empty, and its anchor knows of one that was not")
        name, changes, mark = found
        if index.id != name:
            raise _refused("the store is another one than that which its anchor knows of")
        if index.changes < changes or (index.changes == changes and self._seal.mark(index.stored) != mark):
            behind = f"it says {index.changes} changes, and its anchor {changes}"
            raise _refused(f"the store is older than it was: {behind}")

    async def saw(self, index: Index) -> None:
        """Take note of a change, and write the anchor when that of a minute ago is not written yet."""
        if self._anchor is None:
            return
        self._last, now = index, time.monotonic()
        if self._next is None:
            self._next = index, now
        elif now - self._next[1] >= LAG:
            due, self._next = self._next[0], (index, now)
            await self._write(due, forced=False)

    async def closed(self) -> None:
        """Write what was seen last."""
        if self._last is not None:
            await self._write(self._last, forced=False)

    async def set(self, index: Index) -> None:
        """Write the anchor, whatever it says."""
        await self._write(index, forced=True)

    async def _write(self, index: Index, *, forced: bool) -> None:
        """Write, unless it says so already, or another process told of a later change."""
        if self._anchor is None or (not forced and (await self.changes(index.id) or 0) >= index.changes):
            return
        told = f"{index.id.hex()} {index.changes} {self._seal.mark(index.stored).hex()}"
        await in_thread(self._anchor.write, f"{told} {_digest(told)}\n".encode())


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()


def _read(data: bytes) -> tuple[bytes, int, bytes]:
    told, _, digest = data.decode(errors="replace").strip().rpartition(" ")
    if _digest(told) != digest:
        raise _refused("the anchor of the store is damaged")
    name, changes, mark = told.split(" ")
    return bytes.fromhex(name), int(changes), bytes.fromhex(mark)


def _refused(why: str) -> EncryptionError:
    return EncryptionError(why, suggestions=["restore the latest backup: llmspell storage restore", WAY_OUT])
