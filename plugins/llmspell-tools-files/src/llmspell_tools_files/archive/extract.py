"""Take archives apart: list what is in them, verify them, extract them."""

from __future__ import annotations

import posixpath
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import define, field

from llmspell.errors import ResourceExhaustedError, ToolExecutionError
from llmspell.model.units import parse_size
from llmspell_tools_files.archive.faults import Limits, shown, unsafe
from llmspell_tools_files.archive.names import Names
from llmspell_tools_files.archive.opening import Archive, opened
from llmspell_tools_files.archive.stage import Stage
from llmspell_tools_files.choose.choice import Choice

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from llmspell.spec.context import Context, Grants
    from llmspell_tools_files.archive.tar import Member
    from llmspell_tools_files.archive.tool import FileArchiverArgs

_RIGHTS: Final[tuple[Literal["fs.read", "fs.write"], ...]] = ("fs.read", "fs.write")
_NANO: Final = 10**9
_SPECIAL: Final = {"link": "a link", "other": "a device or pipe"}


def limits_of(args: FileArchiverArgs) -> Limits:
    """Give the caps of a call."""
    return Limits(
        total=parse_size(args.max_total_size),
        file=parse_size(args.max_file_size),
        entries=args.max_entries,
        ratio=args.max_ratio,
        depth=args.max_depth,
        length=args.max_path_length,
    )


def _open(args: FileArchiverArgs, ctx: Context) -> AbstractAsyncContextManager[Archive]:
    return opened(ctx, args.path, limits_of(args), name_encoding=args.name_encoding, kind=args.format)


@define
class _Tally:
    """What was done so far; lists are cut at `limit`, counts are not."""

    limit: int
    files: int = 0
    directories: int = 0
    bytes: int = 0
    entries: list[Any] = field(factory=list)
    skipped: list[dict[str, str]] = field(factory=list)
    skipped_total: int = 0

    def skip(self, name: str, reason: str) -> None:
        """Note what was not taken, and why."""
        self.skipped_total += 1
        if len(self.skipped) < self.limit:
            self.skipped.append({"name": shown(name), "reason": reason})

    def told(self) -> dict[str, Any]:
        """Give the part of a result that all operations have."""
        return {
            "entries": self.entries,
            "files": self.files,
            "directories": self.directories,
            "bytes": self.bytes,
            "skipped": self.skipped,
            "skipped_total": self.skipped_total,
            "truncated": self.files + self.directories > len(self.entries) or self.skipped_total > len(self.skipped),
        }


async def list_entries(args: FileArchiverArgs, ctx: Context) -> dict[str, Any]:
    """Tell what is in an archive, whatever it is; names that could not be extracted are marked with the reason."""
    chosen, tally, total = Choice(args.include, args.exclude, ctx.regex), _Tally(args.limit), 0
    async with _open(args, ctx) as archive:
        names = Names(limits_of(args), case_sensitive=args.case_sensitive)
        async for member in archive.members(contents=False):
            try:
                path, reason = names.admit(member.name, member.kind), None
            except ToolExecutionError as error:
                path, reason = shown(member.name), str(error.context["reason"])
            if not chosen.takes(path):
                continue
            total += 1
            tally.files += member.kind == "file"
            tally.directories += member.kind == "directory"
            tally.bytes += member.size or 0
            if len(tally.entries) < args.limit:
                tally.entries.append(_entry(member, reason))
        kind, size = archive.kind, archive.size
    return {"format": kind, "archive_size": size, **tally.told(), "total": total, "truncated": total > args.limit}


def _entry(member: Member, reason: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": shown(member.name), "kind": member.kind, "size": member.size}
    if member.packed is not None:
        told["packed"] = member.packed
    if member.modified_ns is not None:
        told["modified"] = datetime.fromtimestamp(member.modified_ns // _NANO, UTC).isoformat()
    if member.mode is not None:
        told["mode"] = f"{member.mode:04o}"
    if member.target:
        told["target"] = shown(member.target)
    return told if reason is None else {**told, "unsafe": reason}


async def verify(args: FileArchiverArgs, ctx: Context) -> dict[str, Any]:
    """Read an archive to its end: every checksum, size, name and cap."""
    tally = _Tally(args.limit)
    result: dict[str, Any] = {"valid": True, "format": None, "error": None}
    unsafe_names: list[dict[str, str]] = []
    try:
        async with _open(args, ctx) as archive:
            result["format"] = archive.kind
            names = Names(limits_of(args), case_sensitive=args.case_sensitive)
            async for member in archive.members():
                try:
                    names.admit(member.name, member.kind)
                except ToolExecutionError as error:
                    unsafe_names.append({"name": shown(member.name), "reason": str(error.context["reason"])})
                if member.kind in _SPECIAL:
                    tally.skip(member.name, f"is {_SPECIAL[member.kind]}")
                    continue
                async for piece in archive.contents():
                    tally.bytes += len(piece)
                tally.files += member.kind == "file"
                tally.directories += member.kind == "directory"
                ctx.progress(tally.bytes, None, shown(member.name))
    except (ToolExecutionError, ResourceExhaustedError) as error:
        result |= {"valid": False, "error": {"code": error.code, "type": error.type, "message": error.message}}
    told = tally.told()
    del told["entries"]
    return {
        **result,
        **told,
        "truncated": tally.skipped_total > len(tally.skipped),
        "unsafe": unsafe_names[: args.limit],
    }


async def extract(args: FileArchiverArgs, ctx: Context) -> dict[str, Any]:
    """Extract what is chosen: everything of it or nothing."""
    target = args.target or "."
    stage = Stage(ctx.fs, target, f".llmspell-extract-{ctx.new_id()}", args.overwrite)
    job = _Extraction(args, ctx, stage)
    async with _open(args, ctx) as archive:
        if args.dry_run:
            await job.take(archive)
        else:
            await _require(stage, ctx.scope.grants)
            async with stage:
                await job.take(archive)
                await job.stamp_folders()
                await stage.commit()
        kind = archive.kind
    for path in stage.kept:
        job.tally.files -= 1
        job.tally.skip(path, "exists already")
    kept = set(stage.kept)
    job.tally.entries = [one for one in job.tally.entries if one not in kept]
    return {"format": kind, "target": target, "replaced": stage.replaced, **job.tally.told()}


async def _require(stage: Stage, grants: Grants) -> None:
    """Ask for rights on the target itself where its hidden folder has none, whose name would tell nobody anything."""
    hidden = posixpath.join(stage.target, stage.name, "new")
    for right in _RIGHTS:
        if not grants.allows(right, hidden):
            await stage.fs.require(stage.target, right)


class _Extraction:
    """One extraction: entry after entry into the stage."""

    def __init__(self, args: FileArchiverArgs, ctx: Context, stage: Stage) -> None:
        self._args = args
        self._ctx = ctx
        self._stage = stage
        self._names = Names(limits_of(args), case_sensitive=args.case_sensitive)
        self._chosen = Choice(args.include, args.exclude, ctx.regex)
        self._folders: dict[str, Member] = {}
        self.tally = _Tally(args.limit)

    async def take(self, archive: Archive) -> None:
        """Go through the archive to its end."""
        async for member in archive.members():
            path = self._place(member)
            if path is None:
                continue
            if member.kind == "directory":
                await self._folder(path, member)
            else:
                await self._file(path, member, archive)
            if len(self.tally.entries) < self._args.limit:
                self.tally.entries.append(path)
            self._ctx.progress(self.tally.bytes, None, path)

    def _place(self, member: Member) -> str | None:
        """Give the path an entry gets below the target, None when it gets none."""
        admitted = self._names.admit(member.name, member.kind)
        path = "/".join(admitted.split("/")[self._args.strip_components :]) if admitted else ""
        if member.kind in _SPECIAL:
            if self._args.special == "refuse":
                advice = "Set `special` to 'skip' to leave such entries out."
                raise unsafe(member.name, f"is {_SPECIAL[member.kind]}, which is never made", advice)
            self.tally.skip(member.name, f"is {_SPECIAL[member.kind]}")
            return None
        if not path:
            if admitted and member.kind == "file":
                self.tally.skip(member.name, "nothing is left of its name by `strip_components`")
            return None
        return path if self._chosen.takes(path) else None

    async def _folder(self, path: str, member: Member) -> None:
        await self._stage.fs.require(self._stage.final(path), "fs.write")
        self.tally.directories += 1
        if not self._args.dry_run:
            await self._stage.folder(path)
            self._folders[path] = member

    async def _file(self, path: str, member: Member, archive: Archive) -> None:
        await self._stage.check(path)
        self.tally.files += 1
        if self._args.dry_run:
            async for piece in archive.contents():
                self.tally.bytes += len(piece)
            return
        self.tally.bytes += await self._stage.file(path, archive.contents())
        if self._args.preserve:
            mode = None if member.mode is None else _file_mode(member.mode)
            await self._stage.stamp(path, modified_ns=member.modified_ns, mode=mode)

    async def stamp_folders(self) -> None:
        """Set times of folders when nothing more is put into them: the deepest first."""
        if not self._args.preserve:
            return
        for path, member in sorted(self._folders.items(), reverse=True):
            mode = None if member.mode is None else member.mode & 0o755 | 0o700
            await self._stage.stamp(path, modified_ns=member.modified_ns, mode=mode)


def _file_mode(mode: int) -> int:
    """Keep of a mode what is safe, as PEP 706 does: nobody else may write, and run only what its owner may run."""
    safe = mode & 0o755 | 0o600
    return safe if mode & 0o100 else safe & ~0o111
