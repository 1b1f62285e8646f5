"""The guarded file system: what components get as `ctx.fs`.

Calls that end in the page cache (opening, `stat`, up to 64 KiB of data) run where they are: they take 10 to 30
microseconds, a thread's answer takes 60 to 100. What may wait for a disk or grows with the data (fsync, large files,
trees, digests) goes to a thread.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

from llmspell.errors import ResourceUnavailableError
from llmspell.services import files_read, files_walk, files_write
from llmspell.services.files_errors import explained
from llmspell.services.files_guard import WRITE, Guard
from llmspell.services.threads import in_thread

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path
    from typing import Literal

    from llmspell.spec.context import Grants
    from llmspell.spec.files import FileChange, FileInfo, FileSystem

SMALL: Final = 1 << 16
_BATCH: Final = 256
"""Entries of a walk for one trip to a thread."""


class FileService:
    """Make file ports; `sleep` is what `watch` waits with."""

    __slots__ = ("_sleep",)

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep

    def port(self, grants: Grants, working: Path | str, who: str = "") -> FileSystem:
        """Give the files that `grants` cover to the component called `who`; relative paths start at `working`."""
        return _Files(Guard(grants, working, who), self._sleep)


class _OpenFile:
    """A file opened in binary."""

    __slots__ = ("_fd", "_guard", "_path")

    def __init__(self, guard: Guard, path: str, fd: int) -> None:
        self._guard = guard
        self._path = path
        self._fd = fd

    async def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes, all that is left without it; empty at the end."""
        with explained(self._guard, self._path, "read"):
            if size < 0:
                return await in_thread(self._read_rest)
            return os.read(self._fd, size) if size <= SMALL else await in_thread(os.read, self._fd, size)

    def _read_rest(self) -> bytes:
        return b"".join(iter(lambda: os.read(self._fd, files_read.CHUNK), b""))

    async def write(self, data: bytes) -> int:
        """Write all of `data` and give its length."""
        with explained(self._guard, self._path, "write"):
            if len(data) <= SMALL:
                files_write.write_all(self._fd, data)
            else:
                await in_thread(files_write.write_all, self._fd, data)
        return len(data)

    async def seek(self, offset: int) -> int:
        """Go to `offset`, counted from the start, or from the end when negative."""
        with explained(self._guard, self._path, "seek in"):
            return os.lseek(self._fd, offset, os.SEEK_END if offset < 0 else os.SEEK_SET)


class _Files:
    """Implement `FileSystem` for one caller."""

    __slots__ = ("_guard", "_sleep")

    def __init__(self, guard: Guard, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._guard = guard
        self._sleep = sleep

    @asynccontextmanager
    async def open(self, path: str, mode: Literal["r", "w", "x", "a", "r+"] = "r") -> AsyncIterator[_OpenFile]:
        with explained(self._guard, path, "open"):
            fd, _ = files_read.open_file(self._guard, path, mode)
        try:
            yield _OpenFile(self._guard, path, fd)
        finally:
            os.close(fd)

    async def read(self, path: str, *, limit: int | None = None) -> bytes:
        with explained(self._guard, path, "read"):
            fd, size = files_read.open_file(self._guard, path, "r")
            if size <= SMALL:
                return files_read.read_all(fd, path, limit)
            return await in_thread(files_read.read_all, fd, path, limit)

    async def write(
        self, path: str, data: bytes, *, atomic: bool = True, append: bool = False, exclusive: bool = False
    ) -> None:
        def work() -> None:
            files_write.write_file(self._guard, path, data, atomic=atomic, append=append, exclusive=exclusive)

        with explained(self._guard, path, "write"):
            await in_thread(work)

    async def stat(self, path: str) -> FileInfo:
        with explained(self._guard, path, "look at"):
            return files_read.stat_file(self._guard, path)

    async def exists(self, path: str) -> bool:
        with explained(self._guard, path, "look for"):
            return files_read.exists(self._guard, path)

    async def list(self, path: str = ".") -> list[FileInfo]:
        with explained(self._guard, path, "list"):
            return await in_thread(files_walk.list_folder, self._guard, path)

    async def walk(self, path: str = ".", *, depth: int | None = None) -> AsyncGenerator[FileInfo]:
        entries = files_walk.walk_tree(self._guard, path, depth)

        def some() -> builtins.list[FileInfo]:
            return list(islice(entries, _BATCH))

        try:
            while True:
                with explained(self._guard, path, "walk"):
                    batch: builtins.list[FileInfo] = await in_thread(some)
                for one in batch:
                    yield one
                if len(batch) < _BATCH:
                    return
        finally:
            entries.close()

    async def mkdir(self, path: str, *, parents: bool = True) -> None:
        with explained(self._guard, path, "make the folder"):
            files_write.make_folder(self._guard, path, parents=parents)

    async def remove(self, path: str, *, recursive: bool = False) -> None:
        def work() -> None:
            files_write.remove_file(self._guard, path, recursive=recursive)

        with explained(self._guard, path, "remove"):
            await in_thread(work)

    async def rename(self, source: str, target: str) -> None:
        with explained(self._guard, source, "rename"):
            await in_thread(files_write.rename_file, self._guard, source, target)

    async def copy(self, source: str, target: str) -> None:
        with explained(self._guard, source, "copy"):
            await in_thread(files_write.copy_file, self._guard, source, target)

    async def hash(self, path: str, algorithm: str = "sha256") -> str:
        sums = files_read.digest(algorithm)
        with explained(self._guard, path, "read"):
            fd, size = files_read.open_file(self._guard, path, "r")
            if size <= SMALL:
                return files_read.hash_descriptor(fd, sums)
            return await in_thread(files_read.hash_descriptor, fd, sums)

    @asynccontextmanager
    async def temp(self) -> AsyncIterator[str]:
        from tempfile import TemporaryDirectory, gettempdir  # noqa: PLC0415 - few tools ask for one

        if not self._guard.grants.may(WRITE):
            self._guard.require(WRITE, gettempdir())
        with explained(self._guard, "the temporary folder", "make"):
            folder = await in_thread(lambda: TemporaryDirectory(prefix="llmspell-"))
        self._guard.own.append(folder.name)
        try:
            yield folder.name
        finally:
            self._guard.own.remove(folder.name)
            await in_thread(folder.cleanup)

    async def watch(
        self, path: str, *, recursive: bool = True, interval: float = 0.5
    ) -> AsyncGenerator[Sequence[FileChange]]:
        def look() -> dict[str, FileInfo]:
            return files_walk.snapshot(self._guard, path, recursive=recursive)

        with explained(self._guard, path, "watch"):
            old = await in_thread(look)
        while True:
            await self._sleep(interval)
            try:
                with explained(self._guard, path, "watch"):
                    new = await in_thread(look)
            except ResourceUnavailableError:
                new = {}  # gone: everything in it was deleted, and it may come back
            changes = files_walk.compare(old, new)
            old = new
            if changes:
                yield changes
