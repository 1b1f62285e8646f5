"""The port under a store that lies on an ordered key-value library: what such a library is asked for.

A library raises `StorageError` and nothing else. It gives what was written or an error: one that does not compare
checksums of its own for all that it reads keeps values `sealed`. Beside keys in UTF-8 it holds one that no text can be,
`HEADER`, which tells the format.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

HEADER = b"\xffllmspell"
NAME = b"llmspell-storage "
VERSION = 1
_CRC = struct.Struct("<I")
_pack = _CRC.pack


class TooLargeHere(Exception):  # noqa: N818 - no error: the value is read elsewhere
    """Say that reading a value takes so long that a thread had better do it."""


class View(Protocol):
    """A view of one moment."""

    def get(self, key: bytes) -> bytes | None:
        """Read a value."""
        ...

    def pairs(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give all pairs from a key on, in the order of their bytes."""
        ...

    def close(self) -> None:
        """End the view; once is enough, twice does no harm."""
        ...


class Library(Protocol):
    """An open library; `get` and `view` come from any thread, all else from one thread at a time."""

    def get(self, key: bytes, *, here: bool = False) -> bytes | None:
        """Read a value as it was committed last.

        Asked for it `here`, on the thread of a loop, a library that can tell the size first raises `TooLargeHere` for
        one of more than `LARGE` bytes.
        """
        ...

    def view(self) -> View:
        """Begin a view of the moment; it stays valid until it is closed."""
        ...

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Write values and, for None, remove them: all or, when it raises, none."""
        ...

    def replace(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove everything and write these pairs: all or, when it or they raise, nothing is changed."""
        ...

    def check(self) -> None:
        """Raise `StorageError` when the structure of the files is damaged."""
        ...

    def compact(self) -> None:
        """Give back what is no longer used."""
        ...

    def disk(self) -> int:
        """Count the bytes of the files."""
        ...

    def close(self) -> None:
        """Close the files; no view is open any more."""
        ...


def sealed(key: bytes, value: bytes) -> bytes:
    """Give a value after a CRC-32 of its key and itself."""
    return _pack(crc32(value, crc32(key))) + value


def unsealed(key: bytes, data: bytes | memoryview) -> bytes:
    """Give the value that was sealed; raises `StorageError` for one that changed since."""
    value = data[_CRC.size :]
    if len(data) < _CRC.size or crc32(value, crc32(key)) != _CRC.unpack_from(data)[0]:
        raise StorageError(
            f"the value at {repr(key)[:80]} is damaged: it is not what was written",
            suggestions=["restore a backup, or write the value anew"],
        )
    return bytes(value)


def check_header(library: Library, path: Path) -> None:
    """Make an empty library a store, or check that it is one; raises `StorageError` before anything is changed."""
    found = library.get(HEADER)
    if found is None:
        view = library.view()
        try:
            empty = next(view.pairs(b""), None) is None
        finally:
            view.close()
        if empty:
            library.write({HEADER: NAME + b"%d" % VERSION})
            return
    version = (found or b"").removeprefix(NAME)
    if found is None or not found.startswith(NAME) or not version.isdigit():
        raise StorageError(
            f"{path} holds the data of another program, or its header is damaged",
            suggestions=["set `[storage] path` to a folder of its own, or restore a backup"],
            context={"path": str(path)},
        )
    if int(version) > VERSION:
        raise StorageError(
            f"the store {path} has format {int(version)}, this llmspell knows format {VERSION}",
            suggestions=["upgrade the store's distribution; nothing was changed"],
            context={"path": str(path), "format": int(version)},
        )


class Changes:
    """What a group of jobs writes before it is committed; a job sees what those before it wrote."""

    def __init__(self, library: Library, before: Mapping[bytes, bytes | None] | None = None) -> None:
        self._library = library
        self._before = before or {}
        self.own: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Read a value."""
        for changes in (self.own, self._before):
            if key in changes:
                return changes[key]
        return self._library.get(key)

    def put(self, key: bytes, value: bytes | None) -> bool:
        """Write a value, or remove it by None; tells whether there was one."""
        there = self.get(key) is not None
        self.own[key] = value
        return there
