r"""What wraps the values of a store: a codec says how one is written and read. Compression and lifetimes are codecs.

A value that passed through a codec is stored after `\0ll` and one byte that names the codec, once for each that it
passed through, the last one first: it says itself how it is read, whatever is configured by then. A value that begins
with `\0ll` by chance is stored after `\0llr`, and one that begins with anything else as it is.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final, Protocol

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Data = bytes | memoryview

MARK: Final = b"\x00ll"
PLAIN: Final = MARK + b"r"
_HEAD = len(PLAIN)

DEEPEST = 8
"""Codecs that one value may have passed through; a few bytes can be made to hold themselves for ever."""

WORTH = 128
"""Bytes below which compression costs more than it saves."""

_EXPIRY = struct.Struct(">d")


class Codec(Protocol):
    """Turn values into what is stored and back; encryption is one that a plugin brings. Both may raise `StorageError`.

    `tag` is the byte that names it in what is stored; `r` is taken.
    """

    tag: bytes

    def encode(self, key: str, value: bytes) -> bytes | None:
        """Give what is stored; None when this value is better left as it is."""
        ...

    def decode(self, key: str, data: Data) -> Data | None:
        """Give the value; None when it counts as absent."""
        ...


class Layers:
    """Write values through some codecs, the first of them first, and read those that passed through any known one."""

    def __init__(self, writing: Iterable[Codec], reading: Iterable[Codec] = ()) -> None:
        self._writing = tuple(writing)
        self._known = {codec.tag: codec for codec in (*reading, *self._writing)}

    def encode(self, key: str, value: bytes) -> bytes:
        """Give what is stored."""
        data = escaped(value)
        for codec in self._writing:
            made = codec.encode(key, data)
            if made is not None:
                data = b"".join((MARK, codec.tag, made))
        return data

    def decode(self, key: str, data: bytes) -> bytes | None:
        """Give the value, None when it counts as absent; raises `StorageError` for one that is damaged or unknown."""
        if not data.startswith(MARK):
            return data
        rest: Data = memoryview(data)
        for _ in range(DEEPEST):
            if rest[: len(MARK)] != MARK:
                return bytes(rest)
            tag = bytes(rest[len(MARK) : _HEAD])
            if tag == b"r":
                return bytes(rest[_HEAD:])
            if tag not in self._known:
                raise _unknown(key, tag)
            decoded = self._known[tag].decode(key, rest[_HEAD:])
            if decoded is None:
                return None
            rest = decoded
        raise _unreadable(key, f"it passed through more than {DEEPEST} codecs")


def escaped(value: bytes) -> bytes:
    """Give a value as it is stored where no codec is at work."""
    return PLAIN + value if value.startswith(MARK) else value


class Compressed:
    """Compress values (zlib) where that makes them smaller.

    `largest` bounds what a value may become, so that a damaged or hostile one cannot fill the memory.
    """

    tag = b"z"

    def __init__(self, largest: int) -> None:
        self._largest = largest

    def encode(self, key: str, value: bytes) -> bytes | None:  # noqa: ARG002 - a codec's
        """Compress a value."""
        if len(value) < WORTH:
            return None
        squeezed = zlib.compress(value, 6)
        return squeezed if _HEAD + len(squeezed) < len(value) else None

    def decode(self, key: str, data: Data) -> bytes:
        """Expand a value."""
        work = zlib.decompressobj()
        try:
            value = work.decompress(data, self._largest + 1)
        except zlib.error as error:
            raise _unreadable(key, str(error)) from error
        if len(value) > self._largest or not work.eof or work.unused_data:
            raise _unreadable(key, "it does not end where it should")
        return value


class Expiring:
    """Let values count as absent some time after they were written.

    `now` gives seconds since the epoch: a clock that is set back lengthens lives, one that jumps ahead ends them.
    """

    tag = b"e"

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now

    def encode(self, key: str, value: bytes) -> bytes:  # noqa: ARG002 - a codec's
        """Write when the value ends before it."""
        return _EXPIRY.pack(self._now() + self._seconds) + value

    def decode(self, key: str, data: Data) -> Data | None:
        """Give the value unless its time has come."""
        if len(data) < _EXPIRY.size:
            raise _unreadable(key, "it was cut")
        (until,) = _EXPIRY.unpack_from(data)
        return data[_EXPIRY.size :] if self._now() < until else None


def _unreadable(key: str, why: str) -> StorageError:
    return StorageError(
        f"the value at {key[:80]!r} cannot be read: {why}", suggestions=["restore a backup, or write the value anew"]
    )


def _unknown(key: str, tag: bytes) -> StorageError:
    return StorageError(
        f"the value at {key[:80]!r} cannot be read: it was written through a codec {tag.decode('latin-1')!r} that is "
        "not known here",
        suggestions=["upgrade llmspell, or switch on again what wrote it", "restore a backup, or write the value anew"],
        context={"key": key[:80], "codec": tag.decode("latin-1")},
    )
