"""Copy and move files and folders: what fails leaves the source as it was and no half of the copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import LlmspellError, ResourceUnavailableError, ValidationError
from llmspell_tools_files.folders import make_above

if TYPE_CHECKING:
    from llmspell.spec.files import FileInfo
    from llmspell_tools_files.system.confined import Confined


_ACCESS = 0o777
_OTHERS = {"link": "is a link", "other": "is a pipe, socket or device"}


class Job(NamedTuple):
    """From where to where; `overwrite` replaces a file that is there and adds to a folder."""

    source: str
    destination: str
    overwrite: bool


class _Tree(NamedTuple):
    """What lies below a folder, with paths relative to it."""

    folders: list[FileInfo]
    files: list[FileInfo]
    others: list[FileInfo]


async def copy(job: Job, ctx: Confined, *, recursive: bool) -> dict[str, Any]:
    """Copy a file, or a folder when `recursive`; links and devices in it are skipped and named."""
    await ctx.fs.require(job.source, "fs.read")
    await ctx.fs.require(job.destination, "fs.write")
    info = await ctx.fs.stat(job.source)
    if info.kind == "directory":
        if not recursive:
            raise ValidationError(
                f"{job.source!r} is a folder", suggestions=["Set recursive=true to copy it with all that is in it."]
            )
        return await _copy_folder(job, ctx, await _tree(job.source, info, ctx), moving=False)
    await make_above(job.destination, ctx)
    await ctx.fs.copy(job.source, job.destination, exclusive=not job.overwrite)
    return _told(job, files=1, size=info.size, skipped=[])


async def move(job: Job, ctx: Confined) -> dict[str, Any]:
    """Move a file or folder; between file systems it is copied, made durable, and then deleted."""
    await ctx.fs.require(job.source, "fs.write")
    await ctx.fs.require(job.destination, "fs.write")
    if await ctx.fs.exists(job.source):
        await make_above(job.destination, ctx)
    try:
        await ctx.fs.rename(job.source, job.destination, exclusive=not job.overwrite)
    except ResourceUnavailableError as error:
        if error.context.get("errno") != "EXDEV":
            raise
        return await _move_across(job, ctx)
    return {"path": job.source, "destination": job.destination, "moved": True, "copied": False}


async def _move_across(job: Job, ctx: Confined) -> dict[str, Any]:
    """Copy with the times, see that the source is still what was copied, and remove no more than that."""
    info = await ctx.fs.stat(job.source, follow=False)
    if info.kind == "directory":
        tree = await _tree(job.source, info, ctx)
        _refuse_others(job, tree.others)
        await _copy_folder(job, ctx, tree, moving=True)
        await _remove(job, ctx, tree)
    else:
        _refuse_others(job, [] if info.kind == "file" else [info])
        await ctx.fs.copy(job.source, job.destination, exclusive=not job.overwrite)
        await ctx.fs.stamp(job.destination, modified_ns=info.modified_ns)
        await _check_same(job, ctx, [(job.source, info)])
        await ctx.fs.remove(job.source)
    return {"path": job.source, "destination": job.destination, "moved": True, "copied": True}


async def _check_same(job: Job, ctx: Confined, seen: list[tuple[str, FileInfo]]) -> None:
    """Raise unless files are still what was copied: what somebody wrote meanwhile must not be removed."""
    for path, info in seen:
        now = await ctx.fs.stat(path, follow=False)
        if (now.size, now.modified_ns, now.inode) != (info.size, info.modified_ns, info.inode):
            raise ResourceUnavailableError(
                f"{path!r} changed while it was moved: the source stays where it is",
                suggestions=[f"Try again when nobody writes to it; remove what was copied to {job.destination!r}."],
                context={"path": path, "destination": job.destination},
            )


async def _remove(job: Job, ctx: Confined, tree: _Tree) -> None:
    """Remove what was copied, file by file: what was put into the source since then stays, and is told."""
    for info in tree.files:
        await ctx.fs.remove(f"{job.source}/{info.path}")
    try:
        for folder in reversed(tree.folders):
            await ctx.fs.remove(_below(job.source, folder.path))
    except ResourceUnavailableError as error:
        raise ResourceUnavailableError(
            f"{job.source!r} was copied to {job.destination!r}, but new files came into it: they are still there",
            suggestions=["Move what is left."],
            context=dict(error.context),
        ) from error


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if path else folder


def _refuse_others(job: Job, others: list[FileInfo]) -> None:
    if others:
        raise ResourceUnavailableError(
            f"cannot move {job.source!r} to another file system: {others[0].path!r} is a {others[0].kind}, "
            "which cannot be copied",
            suggestions=["Delete it first, or move the files one by one."],
            context={"path": others[0].path, "kind": others[0].kind},
        )


async def _tree(source: str, top: FileInfo, ctx: Confined) -> _Tree:
    """Look at all of a folder before anything is copied: the copy may lie where the walk would find it.

    The folder itself is the first of `folders`, with an empty path. Two names that are shown alike (one holds
    characters that are shown as escapes) are an error: one of the two would be copied twice, and the other never.
    """
    prefix = len(source.rstrip("/")) + 1 if source not in (".", "./") else 0
    found = _Tree([top._replace(path="")], [], [])
    names: set[str] = set()
    async for one in ctx.fs.walk(source):
        info = one._replace(path=one.path[prefix:])
        if info.path in names:
            raise ResourceUnavailableError(
                f"two names in {source!r} are both shown as {info.path!r}, and one of them is no text",
                suggestions=["Rename that file first."],
                context={"path": one.path},
            )
        names.add(info.path)
        if info.kind == "directory":
            found.folders.append(info)
        else:
            (found.files if info.kind == "file" else found.others).append(info)
    parents = {name.rpartition("/")[0] for name in names}
    for folder in found.folders:
        if folder.path not in parents:  # empty, or one that the walk could not look into: the latter is an error
            await ctx.fs.list(_below(source, folder.path))
    return found


async def _copy_folder(job: Job, ctx: Confined, tree: _Tree, *, moving: bool) -> dict[str, Any]:
    fresh = not await ctx.fs.exists(job.destination)
    if not fresh and not job.overwrite:
        raise ResourceUnavailableError(
            f"{job.destination!r} exists already",
            suggestions=["Choose another name, or set overwrite=true to add to it."],
            context={"path": job.destination},
        )
    try:
        done = await _fill(job, ctx, tree, moving=moving)
        if moving:
            await _check_same(job, ctx, [(f"{job.source}/{one.path}", one) for one in tree.files])
    except BaseException:
        if fresh:
            await _take_back(job.destination, ctx)
        raise
    skipped = [{"path": one.path, "reason": _OTHERS[one.kind]} for one in tree.others]
    return _told(job, files=len(tree.files), size=done, skipped=skipped)


async def _fill(job: Job, ctx: Confined, tree: _Tree, *, moving: bool) -> int:
    """Copy what is in a folder; folders that are new get the mode of theirs when they are full, or nobody could."""
    fresh = []
    for folder in tree.folders:
        target = _below(job.destination, folder.path)
        if not await ctx.fs.exists(target):
            fresh.append((target, folder))
        await ctx.fs.mkdir(target)
    done = 0
    for number, info in enumerate(tree.files, 1):
        target = f"{job.destination}/{info.path}"
        await ctx.fs.copy(f"{job.source}/{info.path}", target, exclusive=not job.overwrite)
        if moving:
            await ctx.fs.stamp(target, modified_ns=info.modified_ns)
        done += info.size
        ctx.progress(number, len(tree.files), info.path)
    for target, folder in reversed(fresh):
        await ctx.fs.stamp(target, modified_ns=folder.modified_ns if moving else None, mode=folder.mode & _ACCESS)
    return done


async def _take_back(folder: str, ctx: Confined) -> None:
    """Remove the half of a copy; what cannot be removed is told in the log, the first error is the caller's."""
    try:
        if await ctx.fs.exists(folder):
            await ctx.fs.remove(folder, recursive=True)
    except LlmspellError as error:
        ctx.log.warning("part of a failed copy remains at %s: %s", folder, error.message)


def _told(job: Job, *, files: int, size: int, skipped: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "path": job.source,
        "destination": job.destination,
        "files": files,
        "bytes": size,
        "skipped": skipped,
    }
