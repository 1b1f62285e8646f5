"""The content index of `file_search`: one record for each file, kept in the tool's own part of the store.

A record holds what identified the file when it was read (size, times, inode, device) and the filter of its text. It is
used only while all of that is unchanged, so that what it saves is reading, never looking. A file whose times are as
young as the reading itself gets no record: it could change once more without its times showing it (git's "racy" files).

    4 bytes   format, with its version
    2 bytes   version of the Unicode tables that folded the text
    1 byte    1 for a binary file, which is never searched
    5 numbers size, times of modification and change in nanoseconds, inode, device
    n bytes   filter
    4 bytes   CRC-32 of all before

Anything else, be it older, newer or damaged, counts as no record and is written anew.
"""

from __future__ import annotations

import os
import struct
import unicodedata
import zlib
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError
from llmspell.spec.storages import Operation
from llmspell_tools_files.search.trigrams import may_hold

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from llmspell.spec.context import Context
    from llmspell.spec.files import FileInfo
    from llmspell_tools_files.search.matching import Found
    from llmspell_tools_files.search.required import Wanted

FORMAT = b"lsi\x01"
TABLES = bytes(int(part) for part in unicodedata.unidata_version.split(".")[:2])
YOUNG = 3.0
"""Seconds after its last change for which a file gets no record: FAT tells times to two seconds."""

_PREFIX = "file:"
_HEAD = struct.Struct("<4s2sB5Q")
_SUM = struct.Struct("<I")
_BATCH = 256
_MASK = (1 << 64) - 1
_NANO = 1_000_000_000


class Record(NamedTuple):
    """What is kept of a file."""

    stamp: tuple[int, ...]
    binary: bool
    bits: bytes

    def may_match(self, wanted: Wanted) -> bool:
        """Tell whether the file may hold what a query requires; a binary file is not searched."""
        if self.binary:
            return False
        return not wanted or any(may_hold(self.bits, one) for one in wanted)


def stamp(info: FileInfo) -> tuple[int, ...]:
    """Give what identifies the contents of a file."""
    return tuple(number & _MASK for number in (info.size, info.modified_ns, info.changed_ns, info.inode, info.device))


def pack(record: Record) -> bytes:
    """Write a record."""
    data = _HEAD.pack(FORMAT, TABLES, record.binary, *record.stamp) + record.bits
    return data + _SUM.pack(zlib.crc32(data))


def unpack(data: bytes) -> Record | None:
    """Read a record; None for anything that `pack` of this version did not write."""
    body, end = data[: -_SUM.size], data[-_SUM.size :]
    if len(body) < _HEAD.size or end != _SUM.pack(zlib.crc32(body)):
        return None
    form, tables, binary, *numbers = _HEAD.unpack_from(body)
    bits = body[_HEAD.size :]
    if (form, tables) != (FORMAT, TABLES) or bool(bits) == bool(binary) or len(bits) & (len(bits) - 1):
        return None
    return Record(tuple(numbers), bool(binary), bits)


class Index:
    """The records of the files that one search looks at."""

    def __init__(self, ctx: Context, root: str) -> None:
        self._ctx = ctx
        self._storage = ctx.storage
        self._root = self._absolute(root)
        self._seen: set[str] = set()
        self.skipped = self.stored = self.removed = 0

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._ctx.paths.working, path))  # noqa: PTH118 - a rule about text

    async def known(self, infos: Sequence[FileInfo]) -> list[Record | None]:
        """Give the record of each file that has not changed since it was read, None for the others."""
        keys = [self._key(info.path) for info in infos]
        self._seen.update(key for key in keys if key)
        data = await self._storage.get_batch([key for key in keys if key])
        found = [unpack(data[key]) if key in data else None for key in keys]
        return [
            record if record is not None and record.stamp == stamp(info) else None
            for record, info in zip(found, infos, strict=True)
        ]

    async def keep(self, read: Iterable[tuple[FileInfo, Found]], began: float) -> None:
        """Write the records of files that were read from `began` on; those too young to tell are left out."""
        operations = []
        for info, found in read:
            key = self._key(info.path)
            if key and max(info.modified, info.changed_ns / _NANO) + YOUNG < began:
                record = Record(stamp(info), found.skipped == "binary", found.bits)
                operations.append(Operation("put", key, pack(record)))
        if operations:
            await self._storage.transaction(operations)
            self.stored += len(operations)

    def _key(self, path: str) -> str:
        """Give a file's key; none where a listing shows characters as escapes, which may name another file."""
        return "" if "\\" in path and os.sep == "/" else _PREFIX + self._absolute(path)

    async def prune(self, concerns: Callable[[str], bool]) -> None:
        """Drop the records of files that are gone; `concerns` tells whether a path below the root was searched."""
        gone = []
        async for key in self._keys():
            path = key.removeprefix(_PREFIX)
            if key not in self._seen and concerns(path[len(self._root) :].lstrip(os.sep)) and await self._is_gone(path):
                gone.append(key)
        await self._drop(gone)

    async def clear(self) -> None:
        """Drop every record of the root and below."""
        await self._drop([key async for key in self._keys()])

    async def _keys(self) -> AsyncIterator[str]:
        alone = _PREFIX + self._root
        if await self._storage.exists(alone):
            yield alone
        async for key, _ in self._storage.scan(alone.rstrip(os.sep) + os.sep):
            yield key

    async def _drop(self, keys: list[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            await self._storage.transaction([Operation("delete", key) for key in keys[start : start + _BATCH]])
        self.removed += len(keys)

    async def _is_gone(self, path: str) -> bool:
        try:
            return (await self._ctx.fs.stat(path, follow=False)).kind != "file"
        except ResourceUnavailableError:
            return True
        except PermissionDeniedError:
            return False  # not for this caller to see, so not for it to forget
