"""Make archives: choose, read, pack, and put the new file in place whole or not at all."""

from __future__ import annotations

import posixpath
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from attrs import define, field

from llmspell.errors import LlmspellError, ResourceUnavailableError, ValidationError
from llmspell_tools_files.archive import kinds
from llmspell_tools_files.archive.pack import Item, Packer, packer
from llmspell_tools_files.choose.globs import as_patterns
from llmspell_tools_files.choose.selection import Selection
from llmspell_tools_files.folders import make_above

if TYPE_CHECKING:
    from llmspell.spec import Context, FileInfo
    from llmspell.spec.files import OpenFile
    from llmspell_tools_files.archive.tool import FileArchiverArgs

_PIECE: Final = 1 << 18
_EPOCH: Final = 315532800 * 10**9
"""1980, the earliest time zip knows: what all files of a reproducible archive have."""

_KINDS: Final = {"link": "is a link", "other": "is a pipe, socket or device"}


class _Chosen(NamedTuple):
    name: str
    info: FileInfo
    named: bool = False
    """It is a source itself, and not found below one."""


@define
class _Tally:
    limit: int
    files: int = 0
    directories: int = 0
    bytes: int = 0
    entries: list[str] = field(factory=list)
    skipped: list[dict[str, str]] = field(factory=list)
    skipped_total: int = 0
    changed: list[str] = field(factory=list)

    def skip(self, path: str, reason: str) -> None:
        """Note what is not in the archive, and why."""
        self.skipped_total += 1
        if len(self.skipped) < self.limit:
            self.skipped.append({"path": path, "reason": reason})

    def add(self, item: Item) -> None:
        """Note what is in the archive."""
        self.files += not item.folder
        self.directories += item.folder
        self.bytes += item.size
        if len(self.entries) < self.limit:
            self.entries.append(item.name)


async def create(args: FileArchiverArgs, ctx: Context) -> dict[str, Any]:
    """Create an archive of the sources; `changed` names files that grew while they were read, and are cut there."""
    kind = args.format or kinds.by_name(args.path)
    level = kinds.check_level(kind, args.level)
    there = await ctx.fs.exists(args.path)
    tally = _Tally(args.limit)
    result: dict[str, Any] = {"format": kind, "created": False, "archive_size": None}
    if there and args.overwrite == "skip":
        tally.skip(args.path, "the archive exists already")
        return {**result, **_told(tally)}
    if there and args.overwrite == "refuse":
        raise ResourceUnavailableError(
            f"{args.path!r} exists already",
            suggestions=["Choose another name, or set `overwrite` to 'replace'."],
            context={"path": args.path},
        )
    job = _Creation(args, ctx, tally, await ctx.fs.stat(args.path) if there else None)
    chosen = await job.choose()
    if kind in kinds.MAGIC and (len(chosen) != 1 or chosen[0].info.kind != "file"):
        raise ValidationError(
            f"{kind} holds one file, and {len(chosen)} entries were chosen",
            suggestions=[f"Use tar.{kind}, or name one file as `source`."],
        )
    if args.dry_run:
        for one in chosen:
            tally.add(job.item(one, one.info))
        return {**result, **_told(tally)}
    await make_above(args.path, ctx)
    async with ctx.fs.atomic(args.path, exclusive=args.overwrite == "refuse") as out:
        size = await job.write(chosen, packer(kind, level), out)
    return {**result, "created": True, "archive_size": size, **_told(tally)}


def _told(tally: _Tally) -> dict[str, Any]:
    return {
        "entries": tally.entries,
        "files": tally.files,
        "directories": tally.directories,
        "bytes": tally.bytes,
        "skipped": tally.skipped,
        "skipped_total": tally.skipped_total,
        "changed": tally.changed,
        "truncated": tally.files + tally.directories > len(tally.entries) or tally.skipped_total > len(tally.skipped),
    }


class _Creation:
    """One archive being made."""

    def __init__(self, args: FileArchiverArgs, ctx: Context, tally: _Tally, old: FileInfo | None) -> None:
        self._args = args
        self._ctx = ctx
        self._tally = tally
        self._old = old

    async def choose(self) -> list[_Chosen]:
        """Find what goes in, in the order of the sources and of names; two of one name are an error."""
        sources = [self._args.source] if isinstance(self._args.source, str) else self._args.source or []
        if not sources:
            raise ValidationError("nothing to put into the archive", suggestions=["Name files or folders as `source`."])
        found: dict[str, _Chosen] = {}
        for source in sources:
            for one in await self._below(source):
                if one.info.kind in _KINDS:
                    self._tally.skip(one.info.path, _KINDS[one.info.kind])
                elif self._old and (one.info.device, one.info.inode) == (self._old.device, self._old.inode):
                    self._tally.skip(one.info.path, "is the archive itself")
                elif one.name in found and one.info.kind != "directory":
                    raise ValidationError(
                        f"{found[one.name].info.path!r} and {one.info.path!r} would both be {one.name!r}",
                        suggestions=["Make two archives, or name a folder above both as `source`."],
                    )
                else:
                    found[one.name] = one
        chosen = list(found.values())
        return sorted(chosen, key=lambda one: one.name.split("/")) if self._args.deterministic else chosen

    async def _below(self, source: str) -> list[_Chosen]:
        info = await self._ctx.fs.stat(source)
        own = posixpath.basename(posixpath.normpath(source))
        own = "" if own in (".", "..") else own
        if info.kind != "directory":
            if info.kind in _KINDS:
                raise ResourceUnavailableError(
                    f"{source!r} {_KINDS[info.kind]}, which no archive made here holds",
                    suggestions=["Name files and folders as `source`."],
                    context={"path": source},
                )
            return [_Chosen(posixpath.join(self._args.prefix or "", own), info, named=True)]
        selection = Selection(
            self._ctx,
            source,
            include=as_patterns(self._args.include),
            exclude=as_patterns(self._args.exclude),
            hidden=self._args.include_hidden,
            ignore_files=self._args.use_ignore_files,
        )
        prefix = own if self._args.prefix is None else self._args.prefix.strip("/")
        chosen = [_Chosen(prefix, info)] if prefix and not self._args.include else []
        chosen += [_Chosen(posixpath.join(prefix, one.relative), one.info) async for one in selection.entries()]
        for one in selection.unreadable:
            self._tally.skip(one["path"], one["reason"])
        return chosen

    def item(self, one: _Chosen, info: FileInfo) -> Item:
        """Describe an entry; of a reproducible archive, only whether it may be run."""
        folder = info.kind == "directory"
        size = 0 if folder else info.size
        if self._args.deterministic:
            return Item(one.name, folder, size, _EPOCH, 0o755 if folder or info.mode & 0o100 else 0o644)
        return Item(one.name, folder, size, info.modified_ns, info.mode & 0o777)

    async def write(self, chosen: list[_Chosen], pack: Packer, out: OpenFile) -> int:
        """Pack everything and give the size of the archive."""
        written = 0
        for one in chosen:
            if one.info.kind == "directory":
                item = self.item(one, one.info)
                written += await out.write(pack.begin(item) + pack.end())
                self._tally.add(item)
            else:
                written += await self._file(one, pack, out)
            self._ctx.progress(self._tally.bytes, None, one.name)
        return written + await out.write(await self._ctx.blocking(pack.finish))

    async def _file(self, one: _Chosen, pack: Packer, out: OpenFile) -> int:
        """Pack one file; one in a folder that went away or may not be read is passed over and told."""
        path = one.info.path
        async with AsyncExitStack() as stack:
            try:
                file = await stack.enter_async_context(self._ctx.fs.open(path))
                info = await self._ctx.fs.stat(path)
                wanted = min(info.size + 1, _PIECE)
                data = await file.read(wanted)
            except LlmspellError as error:
                if one.named:
                    raise
                self._tally.skip(path, error.message)
                return 0
            # What was read counts, not what was there a moment ago: a small file is packed as it is now.
            size = len(data) if len(data) < wanted else max(info.size, len(data))
            item = self.item(one, info._replace(size=size))
            written = await self._pack(item, data, _Rest(path, file), pack, out)
        self._tally.add(item)
        return written

    async def _pack(self, item: Item, data: bytes, rest: _Rest, pack: Packer, out: OpenFile) -> int:
        left = item.size - len(data)
        if not left:  # a small file is one trip to a thread
            whole = await self._ctx.blocking(lambda: pack.begin(item) + pack.data(data) + pack.end())
            return await out.write(whole)
        written = await out.write(await self._ctx.blocking(lambda: pack.begin(item) + pack.data(data)))
        while left:
            data = await rest.file.read(min(_PIECE, left))
            if not data:
                raise ResourceUnavailableError(
                    f"{rest.path!r} became shorter while it was read: no archive was made",
                    suggestions=["Try again when nobody writes to it, or exclude it."],
                    context={"path": rest.path},
                )
            left -= len(data)
            written += await out.write(await self._ctx.blocking(pack.data, data))
        if await rest.file.read(1):
            self._tally.changed.append(rest.path)
        return written + await out.write(await self._ctx.blocking(pack.end))


class _Rest(NamedTuple):
    """What is left to read of a file."""

    path: str
    file: OpenFile
