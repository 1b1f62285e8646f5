"""The tool `file_system`: the everyday actions on files in one tool, confined to a folder and read-only on request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.errors import PermissionDeniedError, ResourceExhaustedError, ValidationError
from llmspell.spec.tools import Doc, Example, ToolOutput
from llmspell_tools_files.facts import full
from llmspell_tools_files.lister import DirectoryLister, DirectoryListerArgs
from llmspell_tools_files.reader import FileReader, FileReaderArgs
from llmspell_tools_files.system import moving
from llmspell_tools_files.system.confined import Confined
from llmspell_tools_files.writer import FileWriter, FileWriterArgs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.spec.context import Context

Action = Literal["read", "write", "append", "list", "delete", "copy", "move", "mkdir", "exists", "stat", "info"]
CHANGES = frozenset({"write", "append", "delete", "copy", "move", "mkdir"})
_MOST_LISTED = 100_000


@frozen(kw_only=True)
class FileSystemOptions:
    """How a file system made by `FileSystemTool.new{...}` is bounded."""

    base_path: Annotated[
        str | None, Doc("Folder that relative paths start from and that no path or link leads out of.", min_length=1)
    ] = None
    readonly: Annotated[bool, Doc("Refuse every action that changes something.")] = False


@frozen(kw_only=True)
class FileSystemArgs:
    """What to do, and with what."""

    action: Annotated[Action | None, Doc("What to do; `info` is another word for `stat`.")] = None
    operation: Annotated[Action | None, Doc("Another name of `action`.")] = None
    path: Annotated[str, Doc("File or folder, relative to the base folder or absolute.", min_length=1)]
    content: Annotated[str | list[str] | None, Doc("For `write` and `append`: the text, or a list of lines.")] = None
    destination: Annotated[
        str | None, Doc("For `copy` and `move`: the new path itself, not a folder to put it in.", min_length=1)
    ] = None
    recursive: Annotated[bool, Doc("Delete or copy a folder with all that is in it; list folders within folders.")] = (
        False
    )
    overwrite: Annotated[
        bool | None,
        Doc("Replace what is there. `write` does unless told otherwise; `copy` and `move` refuse unless told to."),
    ] = None
    encoding: Annotated[
        str | None, Doc("Text encoding; detected when reading, `utf-8` when writing; `base64` for bytes.")
    ] = None
    pattern: Annotated[str | list[str] | None, Doc("For `list`: only names like this, such as `*.md`.")] = None
    max_size: Annotated[int | str, Doc("For `read`: refuse files larger than this.", examples=("10MB",))] = "10MB"


class FileSystem:
    """Read, write, list, delete, copy and move files."""

    Options = FileSystemOptions

    examples = (
        Example(
            "read a text",
            {"action": "read", "path": "document.txt"},
            "hello\n",
            files={"document.txt": "hello\n"},
            grants=("fs.read=.",),
        ),
        Example(
            "write a file in a new folder",
            {"operation": "write", "path": "out/a.txt", "content": "one\n"},
            {"path": "out/a.txt", "bytes_written": 4, "created": True},
            grants=("fs.read=out", "fs.write=out"),
        ),
        Example(
            "copy a folder",
            {"action": "copy", "path": "a", "destination": "b", "recursive": True},
            {"path": "a", "destination": "b", "files": 2, "bytes": 3, "skipped": []},
            files={"a/x": "1", "a/sub/y": "23"},
            grants=("fs.read=.", "fs.write=."),
        ),
        Example(
            "see whether something is there",
            {"action": "exists", "path": "missing.txt"},
            False,  # noqa: FBT003 - the result
            files={"other.txt": ""},
            grants=("fs.read=.",),
        ),
    )

    def __init__(self, options: FileSystemOptions | None = None) -> None:
        self._options = options or FileSystemOptions()

    async def run(self, args: FileSystemArgs, ctx: Context) -> object:
        """Do one action.

        `read` returns the text, `list` a list of entries, `exists` true or false, everything else a mapping that tells
        what was done.
        """
        action = _action(args)
        if self._options.readonly and action in CHANGES:
            raise PermissionDeniedError(
                f"this file_system is read-only and does not {action}",
                suggestions=["Make it without readonly, or use read, list, exists or stat."],
                context={"action": action, "path": args.path},
            )
        base = self._options.base_path
        inside = Confined(ctx, base)
        return await _DO[action](args, inside)


def _action(args: FileSystemArgs) -> str:
    """Give what is to be done, whichever of its two names the caller used."""
    if args.action and args.operation and args.action != args.operation:
        raise ValidationError(
            f"action is {args.action!r} and operation is {args.operation!r}", suggestions=["Give one of them."]
        )
    action = args.action or args.operation
    if action is None:
        raise ValidationError("no action is given", suggestions=[f"Set action to one of {', '.join(_DO)}."])
    if action in ("copy", "move") and args.destination is None:
        raise ValidationError(f"{action} needs a destination", suggestions=["Set destination to the new path."])
    if action in ("write", "append") and args.content is None:
        raise ValidationError(f"{action} needs content", suggestions=["Set content; an empty text is one, too."])
    return action


async def _read(args: FileSystemArgs, ctx: Confined) -> ToolOutput:
    binary = (args.encoding or "").lower() == "base64"
    wanted = FileReaderArgs(
        path=args.path,
        mode="binary" if binary else "text",
        encoding="auto" if binary or args.encoding is None else args.encoding,
        max_size=args.max_size,
    )
    told = await FileReader().run(wanted, ctx)
    return ToolOutput(told.pop("content"), metadata=told)


async def _write(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    return await _put(args, ctx, "create" if args.overwrite is False else "overwrite")


async def _append(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    return await _put(args, ctx, "append")


async def _put(args: FileSystemArgs, ctx: Confined, mode: Literal["overwrite", "create", "append"]) -> dict[str, Any]:
    content = args.content if args.content is not None else ""
    told = await FileWriter().run(
        FileWriterArgs(path=args.path, content=content, mode=mode, encoding=args.encoding), ctx
    )
    return {key: told[key] for key in ("path", "bytes_written", "size", "created")}


async def _list(args: FileSystemArgs, ctx: Confined) -> ToolOutput:
    told = await DirectoryLister().run(
        DirectoryListerArgs(
            path=args.path,
            recursive=args.recursive,
            pattern=args.pattern,
            include_hidden=True,
            include_metadata=True,
            limit=_MOST_LISTED,
        ),
        ctx,
    )
    if told["truncated"]:
        raise ResourceExhaustedError(
            f"{args.path!r} holds more than {_MOST_LISTED} entries",
            suggestions=["Use directory_lister, which gives them page by page."],
            context={"path": args.path, "total": told["total"]},
        )
    return ToolOutput(told["entries"], metadata={"totals": told["totals"], "unreadable": told["unreadable"]})


async def _delete(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    await ctx.fs.require(args.path, "fs.write")
    absolute = ctx.absolute(args.path)
    if any(ctx.covers(absolute, kept) for kept in (ctx.base, *ctx.scope.grants.roots("fs.write"))):
        raise ValidationError(
            f"{args.path!r} is a folder that was granted, the base folder, or above them: it is not deleted",
            suggestions=["Delete what lies in it."],
            context={"path": args.path},
        )
    await ctx.fs.remove(args.path, recursive=args.recursive)
    return {"path": args.path, "deleted": True}


async def _copy(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    return await moving.copy(_job(args, ctx), ctx, recursive=args.recursive)


async def _move(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    return await moving.move(_job(args, ctx), ctx)


def _job(args: FileSystemArgs, ctx: Confined) -> moving.Job:
    destination = args.destination or ""
    source_path, destination_path = ctx.absolute(args.path), ctx.absolute(destination)
    if destination_path == source_path:
        raise ValidationError(
            f"{args.path!r} and {destination!r} are the same place", suggestions=["Give another destination."]
        )
    if ctx.covers(source_path, destination_path):
        raise ValidationError(
            f"{args.path!r} cannot be put into itself, at {destination!r}",
            suggestions=["Choose a destination outside of it."],
        )
    return moving.Job(args.path, destination, overwrite=args.overwrite is True)


async def _mkdir(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    await ctx.fs.require(args.path, "fs.write")
    there = await ctx.fs.exists(args.path)
    await ctx.fs.mkdir(args.path)
    return {"path": args.path, "created": not there}


async def _exists(args: FileSystemArgs, ctx: Confined) -> bool:
    return await ctx.fs.exists(args.path)


async def _stat(args: FileSystemArgs, ctx: Confined) -> dict[str, Any]:
    info = await ctx.fs.stat(args.path)
    return {"path": args.path, "name": ctx.absolute(args.path).rpartition(os.sep)[2], **full(info)}


_DO: dict[str, Callable[[FileSystemArgs, Confined], Awaitable[object]]] = {
    "read": _read,
    "write": _write,
    "append": _append,
    "list": _list,
    "delete": _delete,
    "copy": _copy,
    "move": _move,
    "mkdir": _mkdir,
    "exists": _exists,
    "stat": _stat,
    "info": _stat,
}
