"""Walk a tree and choose: patterns, hidden names, ignore files, kinds and depth. Shared by listing and searching."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pathspec import GitIgnoreSpec

from llmspell.errors import LlmspellError
from llmspell_tools_files.choose.globs import Globs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from llmspell.spec import Context, FileInfo

IGNORE_FILES = (".gitignore", ".ignore")
_MAX_IGNORE_FILE = 1 << 20


class Entry(NamedTuple):
    """One thing found: its path below the start, its depth (1 is directly in the start) and what is known of it."""

    relative: str
    depth: int
    info: FileInfo

    @property
    def name(self) -> str:
        """Give the last name."""
        return self.relative.rpartition("/")[2]


class _Ignore(NamedTuple):
    """The rules of one folder's ignore file, and where that folder is below the start."""

    folder: str
    rules: GitIgnoreSpec


class Selection:
    """Choose what lies below `start`.

    `include` empty means everything; what `exclude` matches is left out with all below it; folders that cannot be
    listed are gathered in `unreadable` with the reason. Rules of ignore files above the start are not looked for: they
    may lie outside the grant.
    """

    def __init__(
        self,
        ctx: Context,
        start: str,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        hidden: bool = False,
        ignore_files: bool = False,
        depth: int | None = None,
        ignore_case: bool = False,
    ) -> None:
        self._ctx = ctx
        self._start = start
        self._include = Globs(include, ctx.regex, ignore_case=ignore_case) if include else None
        self._exclude = Globs(exclude, ctx.regex, ignore_case=ignore_case) if exclude else None
        self._hidden = hidden
        self._ignore_files = ignore_files
        self._depth = depth
        self.unreadable: list[dict[str, str]] = []

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield what is chosen, a folder before its contents, in name order; the start itself must be listable."""
        top = await self._ctx.fs.list(self._start)
        waiting = [iter(await self._level(top, "", 1, ()))]
        while waiting:
            entry, rules = next(waiting[-1], (None, ()))
            if entry is None:
                waiting.pop()
                continue
            if self._include is None or self._include.matches(entry.relative):
                yield entry
            if entry.info.kind == "directory" and (self._depth is None or entry.depth < self._depth):
                inside = await self._list(entry)
                waiting.append(iter(await self._level(inside, entry.relative, entry.depth + 1, rules)))

    async def _list(self, entry: Entry) -> list[FileInfo]:
        try:
            return await self._ctx.fs.list(entry.info.path)
        except LlmspellError as error:
            self.unreadable.append({"path": entry.info.path, "reason": error.message})
            return []

    async def _level(
        self, infos: list[FileInfo], folder: str, depth: int, rules: tuple[_Ignore, ...]
    ) -> list[tuple[Entry, tuple[_Ignore, ...]]]:
        """Give what may be seen of one folder, each with the rules that hold below it."""
        if self._ignore_files:
            rules = (*await self._rules(infos, folder), *rules)
        chosen = []
        for info in infos:
            name = info.path.rpartition("/")[2]
            relative = f"{folder}/{name}" if folder else name
            if not self._is_left_out(name, relative, rules, is_folder=info.kind == "directory"):
                chosen.append((Entry(relative, depth, info), rules))
        return chosen

    def _is_left_out(self, name: str, relative: str, rules: tuple[_Ignore, ...], *, is_folder: bool) -> bool:
        if name.startswith(".") and not self._hidden:
            return True
        if self._exclude is not None and self._exclude.matches(relative):
            return True
        if not self._ignore_files:
            return False
        if name == ".git":
            return True
        for ignore in rules:  # the nearest file that has an opinion decides
            below = relative[len(ignore.folder) + 1 :] if ignore.folder else relative
            verdict = ignore.rules.check_file(below + "/" if is_folder else below).include
            if verdict is not None:
                return verdict
        return False

    async def _rules(self, infos: list[FileInfo], folder: str) -> list[_Ignore]:
        found = []
        for info in infos:
            if info.kind == "file" and info.path.rpartition("/")[2] in IGNORE_FILES and info.size <= _MAX_IGNORE_FILE:
                text = (await self._ctx.fs.read(info.path, limit=_MAX_IGNORE_FILE)).decode("utf-8", "replace")
                try:
                    # RE2 behind it: the patterns of a foreign tree must not cost more than the tree.
                    found.append(_Ignore(folder, GitIgnoreSpec.from_lines(text.splitlines(), backend="re2")))
                except ValueError as error:
                    self.unreadable.append({"path": info.path, "reason": f"not a valid ignore file: {error}"})
        return found[::-1]
