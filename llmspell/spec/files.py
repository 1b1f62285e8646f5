"""The file port: every verb asks for a right, relative paths start at the working folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from contextlib import AbstractAsyncContextManager


class FileInfo(NamedTuple):
    """What is known of a file without reading it.

    `path` is as the caller would write it, times are seconds since the epoch, those that end in `_ns` nanoseconds.
    `changed_ns` is when contents, mode, owner or name last changed; no program can set it (on Windows, where there is
    no such time, it is that of creation). `uid` and `gid` are None where the system has none.
    """

    path: str
    kind: Literal["file", "directory", "link", "other"]
    size: int
    modified: float
    created: float
    mode: int
    accessed: float = 0.0
    modified_ns: int = 0
    changed_ns: int = 0
    inode: int = 0
    device: int = 0
    links: int = 1
    uid: int | None = None
    gid: int | None = None


class FileChange(NamedTuple):
    """One change seen by `watch`."""

    change: Literal["added", "modified", "deleted"]
    path: str


class OpenFile(Protocol):
    """A file opened in binary."""

    async def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes, all when negative."""
        ...

    async def write(self, data: bytes) -> int:
        """Write bytes and return how many."""
        ...

    async def seek(self, offset: int) -> int:
        """Move to an offset from the start."""
        ...


class FileSystem(Protocol):
    """Files within the granted paths.

    Every method raises `PermissionDeniedError` without the right (`fs.read` or `fs.write`),
    `ResourceUnavailableError` when the file is not there or not of the needed kind. Symbolic links are followed only
    when they stay within the grant.
    """

    def open(self, path: str, mode: Literal["r", "w", "x", "a", "r+"] = "r") -> AbstractAsyncContextManager[OpenFile]:
        """Open a file in binary; `x` makes one that must not be there yet."""
        ...

    async def read(self, path: str, *, limit: int | None = None) -> bytes:
        """Read a whole file; more than `limit` bytes is a `ResourceExhaustedError`."""
        ...

    async def write(
        self, path: str, data: bytes, *, atomic: bool = True, append: bool = False, exclusive: bool = False
    ) -> None:
        """Write a file: atomic means temp file in the same folder, fsync, rename, fsync of the folder.

        `append` adds to the end (atomic then means fsync), `exclusive` refuses a name that is taken.
        """
        ...

    def atomic(self, path: str, *, exclusive: bool = False) -> AbstractAsyncContextManager[OpenFile]:
        """Give a new file that takes the place of `path` when the block ends well, and goes away when it does not.

        Streams what `write` does at once: temp file in the same folder, fsync, rename, fsync of the folder.
        """
        ...

    async def stat(self, path: str, *, follow: bool = True) -> FileInfo:
        """Tell what is known of a file; of a link itself when it is not to be followed."""
        ...

    async def read_link(self, path: str) -> str:
        """Give the path that a link names, as it stands there."""
        ...

    def within(self, path: str) -> FileSystem:
        """Give the same files confined to a folder: relative paths start there, and no path or link leads out of it."""
        ...

    async def require(self, path: str, *rights: Literal["fs.read", "fs.write"]) -> None:
        """Raise `PermissionDeniedError` unless the rights hold for a path: work that would fail late need not begin."""
        ...

    async def exists(self, path: str) -> bool:
        """Tell whether there is something at a path."""
        ...

    async def list(self, path: str = ".") -> list[FileInfo]:
        """List a folder in name order."""
        ...

    def walk(self, path: str = ".", *, depth: int | None = None) -> AsyncGenerator[FileInfo]:
        """Yield everything below a folder, parents first, names in order; links are not followed."""
        ...

    async def mkdir(self, path: str, *, parents: bool = True) -> None:
        """Make a folder; one that is there is no error."""
        ...

    async def remove(self, path: str, *, recursive: bool = False) -> None:
        """Remove a file, or a folder with `recursive`."""
        ...

    async def rename(self, source: str, target: str, *, exclusive: bool = False) -> None:
        """Move a file or folder within the grant; `exclusive` refuses a name that is taken."""
        ...

    async def copy(self, source: str, target: str, *, exclusive: bool = False) -> None:
        """Copy a file; `exclusive` refuses a name that is taken."""
        ...

    async def stamp(self, path: str, *, modified_ns: int | None = None, mode: int | None = None) -> None:
        """Set when a file or folder was last modified (nanoseconds since the epoch), and its mode (at most 0o777)."""
        ...

    async def hash(self, path: str, algorithm: str = "sha256") -> str:
        """Give the hexadecimal digest of a file, read in chunks."""
        ...

    def temp(self) -> AbstractAsyncContextManager[str]:
        """Give a private folder that goes away with the block."""
        ...

    def watch(
        self, path: str, *, recursive: bool = True, interval: float = 0.5
    ) -> AsyncGenerator[Sequence[FileChange]]:
        """Yield batches of changes in a folder (or of one file) until the caller stops.

        The first batch is empty and says that the watch has begun: what changes from now on is told. A batch ends when
        nothing has changed for `interval` seconds, at the latest after ten intervals. It holds what differs from the
        batch before, in path order: one entry a path, nothing of a file that came and went. When the path itself goes
        away it is told as deleted like all that was in it, and the watch waits for it to come back.

        Close the generator when done (`contextlib.aclosing`): the watch and its thread end with it.
        """
        ...
