"""What wraps the values of a store: a codec says how one is written and read. Compression and lifetimes are codecs."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Protocol

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

_SQUEEZED, _PLAIN = b"\x00llz", b"\x00llr"
WORTH = 128
"""Bytes below which compression costs more than it saves."""

_EXPIRY = struct.Struct(">4sd")
_EXPIRES = b"\x00lle"


class Codec(Protocol):
    """Turn values into what is stored and back; encryption is one that a plugin brings.

    Both may raise `StorageError`. What `decode` is given may have been written before the codec was switched on.
    """

    def encode(self, key: str, value: bytes) -> bytes:
        """Give what is stored."""
        ...

    def decode(self, key: str, data: bytes) -> bytes | None:
        """Give the value; None when it counts as absent."""
        ...


class Compressed:
    """Compress values (zlib) where that makes them smaller; those written without it are read as they are.

    `largest` bounds what a value may become, so that a damaged or hostile one cannot fill the memory.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest

    def encode(self, key: str, value: bytes) -> bytes:  # noqa: ARG002 - a codec's
        """Compress a value."""
        if len(value) >= WORTH:
            squeezed = _SQUEEZED + zlib.compress(value, 6)
            if len(squeezed) < len(value):
                return squeezed
        return _PLAIN + value if value.startswith((_SQUEEZED, _PLAIN)) else value

    def decode(self, key: str, data: bytes) -> bytes:
        """Expand a value."""
        if data.startswith(_PLAIN):
            return data[len(_PLAIN) :]
        if not data.startswith(_SQUEEZED):
            return data
        work = zlib.decompressobj()
        try:
            value = work.decompress(data[len(_SQUEEZED) :], self._largest + 1)
        except zlib.error as error:
            raise _unreadable(key, str(error)) from error
        if len(value) > self._largest or not work.eof:
            raise _unreadable(key, "it does not end where it should")
        return value


class Expiring:
    """Let values count as absent some time after they were written; those written without it stay for ever.

    `now` gives seconds since the epoch: a clock that is set back lengthens lives, one that jumps ahead ends them.
    """

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now

    def encode(self, key: str, value: bytes) -> bytes:  # noqa: ARG002 - a codec's
        """Write when the value ends before it."""
        return _EXPIRY.pack(_EXPIRES, self._now() + self._seconds) + value

    def decode(self, key: str, data: bytes) -> bytes | None:
        """Give the value unless its time has come."""
        if not data.startswith(_EXPIRES):
            return data
        if len(data) < _EXPIRY.size:
            raise _unreadable(key, "it was cut")
        _, until = _EXPIRY.unpack_from(data)
        return data[_EXPIRY.size :] if self._now() < until else None


def _unreadable(key: str, why: str) -> StorageError:
    return StorageError(
        f"the value at {key[:80]!r} cannot be read: {why}", suggestions=["restore a backup, or write the value anew"]
    )
