r"""What is stored of a value: `\0llx`, a version, the key's number, a mark, a nonce, the text and its tag.

A value is bound to its store, its own key (name) and the version: moved elsewhere, it does not open. Its mark is 12
random bytes, made when the value is written and kept when it is written anew under another key: what goes by marks
goes on while keys are changed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from llmspell.errors import EncryptionError
from llmspell.spec.encryptions import MARK_SIZE, TAG
from llmspell.spec.storage_codecs import MARK
from llmspell_encryption.cipher import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell_encryption.keyring import Keyring

VERSION = 1
_HEAD = struct.Struct(f">4sBI{MARK_SIZE}s")
_NUMBER = struct.Struct(">4sBI")
_PREFIX = MARK + TAG


class Records:
    """Write values under the active key of a ring, and read those under any of its keys."""

    def __init__(self, ring: Keyring, random: Callable[[int], bytes]) -> None:
        self.ring = ring
        self._sealers = {one.id: Sealer(one.secret, random) for one in ring.keys}
        self._active = self._sealers[ring.active]
        self._random = random
        self._number = _NUMBER.pack(_PREFIX, VERSION, ring.active)
        self._about = b"llmspell record" + ring.store

    def write(self, key: str, value: bytes) -> bytes:
        """Give what is stored."""
        head = self._number + self._random(MARK_SIZE)
        return head + self._active.seal(value, self._bound(head, key))

    def anew(self, key: str, data: bytes) -> bytes:
        """Give what is stored of the same value, with the mark that it has, under the active key."""
        head = self._number + mark_of(data)
        return head + self._active.seal(self.read(key, data), self._bound(head, key))

    def read(self, key: str, data: bytes) -> bytes:
        """Give the value; raises `EncryptionError`."""
        number = key_of(data)
        if number is None:
            raise _refused(key, "it is not encrypted")
        sealer = self._sealers.get(number)
        if sealer is None:
            raise _refused(key, f"it is under the key {number}, which the store has no more, or never had")
        head = data[: _HEAD.size]
        value = sealer.unseal(data[_HEAD.size :], self._bound(head, key))
        if value is None:
            raise _refused(key, "it was changed, cut, or moved here from elsewhere")
        return value

    def _bound(self, head: bytes, key: str) -> bytes:
        """Give what a value is bound to: store, version, number of its key and mark (in the head), and its name."""
        return b"".join((self._about, head, key.encode("utf-8", "surrogatepass")))


def key_of(data: bytes) -> int | None:
    """Give the number of the key that a value says it is under; None for what is not encrypted in this version."""
    if len(data) < _HEAD.size:
        return None
    prefix, version, number, _ = _HEAD.unpack_from(data)
    return number if prefix == _PREFIX and version == VERSION else None


def mark_of(data: bytes) -> bytes:
    """Give the mark of what is stored; of what is not encrypted, some bytes."""
    return data[_NUMBER.size : _HEAD.size]


def _refused(key: str, why: str) -> EncryptionError:
    return EncryptionError(
        f"the value at {key[:80]!r} is refused: {why}",
        suggestions=["restore a backup, or write the value anew", "see `llmspell storage keys`"],
        context={"key": key[:80]},
    )
