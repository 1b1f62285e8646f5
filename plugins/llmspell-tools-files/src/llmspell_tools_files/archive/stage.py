"""Put a tree in place whole or not at all: written into a hidden folder inside the target, then moved.

Nothing of the target is touched before the last byte of the archive was read and verified. Whole folders that are new
are moved by one rename; a file that is replaced is first moved aside, so that every move can be taken back. Only
`kill -9` can leave the hidden folder behind, with the old files still in it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from llmspell.errors import LlmspellError, PermissionDeniedError, ResourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from llmspell.spec.files import FileInfo, FileSystem

Overwrite = Literal["refuse", "replace", "skip"]


class _Move(NamedTuple):
    """A path to be moved into place, and whether a file is there that makes room."""

    path: str
    replaces: bool


class Stage:
    """Hold what will be put into `target`; use it as an async context manager.

    kept       files that were there already and stay, when `overwrite` says skip
    replaced   how many files made room for others
    """

    def __init__(self, fs: FileSystem, target: str, name: str, overwrite: Overwrite) -> None:
        self.fs = fs
        self.target = target
        self.name = name
        self.overwrite = overwrite
        self.kept: list[str] = []
        self.replaced = 0
        self._made: list[str] = []
        self._children: dict[str, dict[str, bool]] = {}
        self._permissions = 0
        self._keep = False

    async def __aenter__(self) -> Self:
        """Make the target and the hidden folder in it."""
        missing = self.target
        while missing and not await _is_there(self.fs, missing):
            self._made.append(missing)
            missing = posixpath.dirname(missing)
        try:
            await self.fs.mkdir(self._inside("new"))
            self._permissions = (await self.fs.stat(self._inside("new"))).mode & 0o777
        except BaseException:
            await self._clear(remove_target=True)
            raise
        self._children[""] = {}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the hidden folder; after an error the target too, when it was made for this."""
        await self._clear(remove_target=error is not None)

    async def _clear(self, *, remove_target: bool) -> None:
        if self._keep:
            return
        if await _is_there(self.fs, self._inside()):
            await self.fs.remove(self._inside(), recursive=True)
        for folder in self._made if remove_target else ():
            try:
                await self.fs.remove(folder)
            except LlmspellError:
                return  # never made, or somebody else has put something into it meanwhile

    def _inside(self, *parts: str) -> str:
        return posixpath.join(self.target, self.name, *parts)

    def final(self, path: str) -> str:
        """Give where a path will be."""
        return posixpath.join(self.target, path)

    async def folder(self, path: str) -> None:
        """Make a folder, with those above it."""
        if path and self._note(path, folder=True):
            await self.fs.mkdir(self._inside("new", path))

    async def file(self, path: str, pieces: AsyncIterator[bytes]) -> int:
        """Write a file and give its size."""
        folder = posixpath.dirname(path)
        await self.folder(folder)
        self._note(path, folder=False)
        size = 0
        async with self.fs.open(self._inside("new", path), "x") as file:
            async for piece in pieces:
                size += await file.write(piece)
        return size

    async def stamp(self, path: str, *, modified_ns: int | None, mode: int | None) -> None:
        """Set time and mode: what others may do is at most what the user's own new files let them do."""
        await self.fs.stamp(
            self._inside("new", path),
            modified_ns=modified_ns,
            mode=None if mode is None else mode & (self._permissions | 0o600),
        )

    def _note(self, path: str, *, folder: bool) -> bool:
        """Enter a path and the folders above it; tell whether it is new."""
        new = False
        while path:
            above, name = posixpath.split(path)
            known = self._children.setdefault(above, {})
            if name in known:
                break
            known[name] = folder
            new = folder = True
            path = above
        return new

    async def check(self, path: str) -> None:
        """Raise at once what `commit` would raise of this path."""
        await self.fs.require(self.final(path), "fs.write")
        if self._made:
            return  # nothing is there yet
        for part in _steps(path)[:-1]:
            if not await self.fs.exists(self.final(part)):
                return  # a link that leads nowhere is met by `commit`
            there = await _look(self.fs, self.final(part))
            if there is not None and there.kind != "directory":
                raise _in_the_way(self.final(part), there.kind)
        if self.overwrite == "refuse" and await self.fs.exists(self.final(path)):
            raise _taken(self.final(path))

    async def commit(self) -> None:
        """Move everything into place; an error takes back every move."""
        moves = [move async for move in self._moves("")]
        done: list[_Move] = []
        try:
            for move in moves:
                if move.replaces:
                    await self._aside(move.path)
                    done.append(move)
                await self.fs.rename(self._inside("new", move.path), self.final(move.path), exclusive=True)
                done.append(move._replace(replaces=False))
        except BaseException as error:
            await self._take_back(done, error)
            raise
        self.replaced = sum(move.replaces for move in moves)

    async def _moves(self, folder: str) -> AsyncIterator[_Move]:
        """Yield what has to be moved: of a new folder itself, of one that is there what is in it."""
        for name, is_folder in self._children.get(folder, {}).items():
            path = posixpath.join(folder, name)
            there = await _look(self.fs, self.final(path))
            if there is None:
                yield _Move(path, replaces=False)
            elif is_folder and there.kind == "directory":
                async for move in self._moves(path):
                    yield move
            elif is_folder or there.kind != "file":
                raise _in_the_way(self.final(path), there.kind)
            elif self.overwrite == "refuse":
                raise _taken(self.final(path))
            elif self.overwrite == "skip":
                self.kept.append(path)
            elif there.mode & 0o200:
                yield _Move(path, replaces=True)
            else:
                message = f"{self.final(path)!r} is there and read-only"
                raise PermissionDeniedError(message, suggestions=["Make it writable, or remove it."])

    async def _aside(self, path: str) -> None:
        await self.fs.mkdir(self._inside("old", posixpath.dirname(path)))
        await self.fs.rename(self.final(path), self._inside("old", path))

    async def _take_back(self, done: list[_Move], error: BaseException) -> None:
        """Undo moves, the last one first."""
        try:
            for move in reversed(done):
                back = self._inside("old" if move.replaces else "new", move.path)
                source, goal = (back, self.final(move.path)) if move.replaces else (self.final(move.path), back)
                await self.fs.rename(source, goal, exclusive=True)
        except LlmspellError as second:
            self._keep = True
            message = (
                f"what was moved could not be moved back ({second.message}): old files are in {self._inside('old')!r}"
            )
            raise ResourceUnavailableError(message, suggestions=["Move them back by hand."]) from error


async def _look(fs: FileSystem, path: str) -> FileInfo | None:
    """Tell what is at a path, a link being a link; None for nothing."""
    try:
        return await fs.stat(path, follow=False)
    except ResourceUnavailableError:
        return None


async def _is_there(fs: FileSystem, path: str) -> bool:
    """Tell whether a folder is there; above the grant nobody may look, and it has to be."""
    try:
        return await fs.exists(path)
    except PermissionDeniedError:
        return True


def _steps(path: str) -> list[str]:
    """Give the folders on the way to a path, and the path."""
    parts = path.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _taken(path: str) -> ResourceUnavailableError:
    return ResourceUnavailableError(
        f"{path!r} exists already",
        suggestions=["Extract into an empty folder, or set `overwrite` to 'replace' or 'skip'."],
        context={"path": path},
    )


def _in_the_way(path: str, kind: str) -> ResourceUnavailableError:
    what = {"file": "a file", "link": "a link", "directory": "a folder"}.get(kind, "a pipe, socket or device")
    return ResourceUnavailableError(
        f"{path!r} is {what}, and the archive has something else of that name",
        suggestions=["Move it away, or extract into another folder."],
        context={"path": path, "kind": kind},
    )
