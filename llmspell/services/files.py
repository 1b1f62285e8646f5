"""The guarded file system: what components get as `ctx.fs`.

Calls that end in the page cache (opening, `stat`, up to 64 KiB of data) run where they are: they take 10 to 30
microseconds, a thread's answer takes 60 to 100. What may wait for a disk or grows with the data (fsync, large files,
trees, digests) goes to a thread.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from llmspell.services import files_read, files_stamp, files_walk, files_write
from llmspell.services.files_descend import HAS_DIR_FD
from llmspell.services.files_errors import explain, explained
from llmspell.services.files_guard import WRITE, Guard
from llmspell.services.files_openat import CLOEXEC, FOLDER, LOOKUP
from llmspell.services.files_remove import remove_tree
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path
    from tempfile import TemporaryDirectory
    from typing import Literal

    from llmspell.services.files_kept import Kept
    from llmspell.services.files_watch import Notify
    from llmspell.spec.context import Grants
    from llmspell.spec.files import FileChange, FileInfo, FileSystem

SMALL: Final = 1 << 16
_BATCH: Final = 256
"""Entries of a walk for one trip to a thread."""


class FileService:
    """Make file ports.

    `notify` is how `watch` learns when to look (`files_watch.Notices`): from the system by default; with None it looks
    every so often, and `sleep` is what it waits with. `kept` knows what nobody may write, whatever is granted.
    """

    __slots__ = ("_kept", "_notify", "_sleep")

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        notify: Notify | Literal["system"] | None = "system",
        kept: Kept | None = None,
    ) -> None:
        self._sleep = sleep
        self._notify = notify
        self._kept = kept

    def port(self, grants: Grants, working: Path | str, who: str = "") -> FileSystem:
        """Give the files that `grants` cover to the component called `who`; relative paths start at `working`."""
        return _Files(Guard(grants, working, who, self._kept), self._sleep, self._notify)


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

    __slots__ = ("_guard", "_notify", "_sleep")

    def __init__(
        self, guard: Guard, sleep: Callable[[float], Awaitable[None]], notify: Notify | Literal["system"] | None
    ) -> None:
        self._guard = guard
        self._sleep = sleep
        self._notify = notify

    @asynccontextmanager
    async def open(self, path: str, mode: Literal["r", "w", "x", "a", "r+"] = "r") -> AsyncIterator[_OpenFile]:
        with explained(self._guard, path, "open"):
            fd, _ = files_read.open_file(self._guard, path, mode)
        try:
            yield _OpenFile(self._guard, path, fd)
        finally:
            os.close(fd)

    async def read(self, path: str, *, limit: int | None = None) -> bytes:
        try:  # not `explained`: it would take a tenth of the time
            fd, size = files_read.open_file(self._guard, path, "r")
            if size <= SMALL:
                return files_read.read_all(fd, path, size, limit)
            return await in_thread(files_read.read_all, fd, path, size, limit)
        except OSError as error:
            raise explain(self._guard, path, "read", error) from error

    async def write(
        self, path: str, data: bytes, *, atomic: bool = True, append: bool = False, exclusive: bool = False
    ) -> None:
        def work() -> None:
            files_write.write_file(self._guard, path, data, atomic=atomic, append=append, exclusive=exclusive)

        with explained(self._guard, path, "write"):
            await in_thread(work)

    @asynccontextmanager
    async def atomic(self, path: str, *, exclusive: bool = False) -> AsyncIterator[_OpenFile]:
        with explained(self._guard, path, "write"):
            new = files_write.begin_file(self._guard, path, exclusive=exclusive)
        try:
            yield _OpenFile(self._guard, path, new.fd)
            with explained(self._guard, path, "write"):
                await in_thread(lambda: new.commit(exclusive=exclusive))
        except BaseException:
            new.discard()
            raise
        finally:
            new.close()

    async def stat(self, path: str, *, follow: bool = True) -> FileInfo:
        with explained(self._guard, path, "look at"):
            return files_read.stat_file(self._guard, path, follow=follow)

    async def read_link(self, path: str) -> str:
        with explained(self._guard, path, "read the link"):
            return files_read.read_link(self._guard, path)

    def within(self, path: str) -> FileSystem:
        with explained(self._guard, path, "look at"):
            return _Files(self._guard.within(path), self._sleep, self._notify)

    async def require(self, path: str, *rights: Literal["fs.read", "fs.write"]) -> None:
        absolute = self._guard.absolute(path)
        for right in rights:
            self._guard.require(right, absolute)

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

    async def rename(self, source: str, target: str, *, exclusive: bool = False) -> None:
        with explained(self._guard, source, "rename"):
            await in_thread(lambda: files_write.rename_file(self._guard, source, target, exclusive=exclusive))

    async def copy(self, source: str, target: str, *, exclusive: bool = False) -> None:
        with explained(self._guard, source, "copy"):
            stop = threading.Event()
            await in_thread(
                lambda: files_write.copy_file(self._guard, source, target, stop, exclusive=exclusive), stop=stop.set
            )

    async def stamp(self, path: str, *, modified_ns: int | None = None, mode: int | None = None) -> None:
        with explained(self._guard, path, "stamp"):
            files_stamp.stamp_file(self._guard, path, modified_ns=modified_ns, mode=mode)

    async def hash(self, path: str, algorithm: str = "sha256") -> str:
        sums = files_read.digest(algorithm)
        with explained(self._guard, path, "read"):
            fd, size = files_read.open_file(self._guard, path, "r")
            stop = threading.Event()
            if size <= SMALL:
                return files_read.hash_descriptor(fd, sums, stop)
            return await in_thread(files_read.hash_descriptor, fd, sums, stop, stop=stop.set)

    @asynccontextmanager
    async def temp(self) -> AsyncIterator[str]:
        from tempfile import TemporaryDirectory, gettempdir  # noqa: PLC0415 - few tools ask for one

        if not self._guard.grants.may(WRITE):
            self._guard.require(WRITE, gettempdir())
        with explained(self._guard, "the temporary folder", "make"):
            folder = TemporaryDirectory(prefix="llmspell-")
        self._guard.own.append(folder.name)
        try:
            yield folder.name
        finally:
            self._guard.own.remove(folder.name)
            await in_thread(_remove_temporary, folder)

    def watch(
        self, path: str, *, recursive: bool = True, interval: float = 0.5
    ) -> AsyncGenerator[Sequence[FileChange]]:
        from llmspell.services import files_watch  # noqa: PLC0415 - threads and their pool, which few runs need

        notify = files_watch.SystemNotices if self._notify == "system" else self._notify
        return files_watch.Watch(
            self._guard, path, recursive=recursive, interval=interval, sleep=self._sleep, notify=notify
        ).batches()


def _remove_temporary(folder: TemporaryDirectory[str]) -> None:
    """Remove a temporary folder: the standard library makes folders without rights readable, but fails on deep ones."""
    above, name = os.path.split(folder.name)
    if HAS_DIR_FD:
        fd = os.open(above, LOOKUP | FOLDER | CLOEXEC)
        try:
            with suppress(OSError):
                remove_tree(fd, name)
        finally:
            os.close(fd)
    folder.cleanup()
