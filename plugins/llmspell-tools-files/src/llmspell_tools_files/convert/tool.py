"""The tool `file_converter`: text files in another encoding, with other line endings, tidied."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from attrs import frozen

from llmspell.errors import LlmspellError, ResourceUnavailableError, ToolExecutionError, ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files import backups, media
from llmspell_tools_files.choose.globs import as_patterns
from llmspell_tools_files.choose.selection import Selection
from llmspell_tools_files.convert.changing import Change, TextChanger
from llmspell_tools_files.convert.recoding import Errors, Recoder
from llmspell_tools_files.folders import make_above
from llmspell_tools_files.text import encodings
from llmspell_tools_files.text.encodings import Encoding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.spec.context import Context
    from llmspell.spec.files import FileInfo

    Sink = Callable[[bytes], Awaitable[object]]

_CHUNK = 1 << 18


@frozen(kw_only=True)
class FileConverterArgs:
    """What to convert and how; what is not named stays as it is."""

    path: Annotated[str, Doc("File to convert; or a folder, with `pattern`.", min_length=1)]
    pattern: Annotated[
        str | list[str] | None, Doc("Convert the files below the folder `path` that are called like this: `*.txt`.")
    ] = None
    output: Annotated[str | None, Doc("Write the result here and leave the file as it is.", min_length=1)] = None
    overwrite: Annotated[bool, Doc("Replace `output` when it is there already.")] = False
    from_encoding: Annotated[str, Doc("Encoding of the file; `auto` detects it.")] = "auto"
    to_encoding: Annotated[str, Doc("Encoding to write, such as `utf-8` or `cp1252`; `keep` leaves it.")] = "keep"
    bom: Annotated[Literal["keep", "add", "remove"], Doc("What to do with the byte order mark.")] = "keep"
    newline: Annotated[
        Literal["keep", "lf", "crlf", "cr", "native"],
        Doc("Line ending of every line; `native` is the one that most lines of the file have."),
    ] = "keep"
    final_newline: Annotated[
        Literal["keep", "add", "remove"], Doc("Whether the last line ends with a line ending.")
    ] = "keep"
    indent: Annotated[
        Literal["keep", "spaces", "tabs"],
        Doc("`spaces` replaces every tab by spaces, `tabs` the spaces that a line begins with by tabs."),
    ] = "keep"
    tab_width: Annotated[int, Doc("Columns from one tab stop to the next.", minimum=1, maximum=16)] = 4
    trim_trailing: Annotated[bool, Doc("Take spaces and tabs away from the ends of lines.")] = False
    normalize: Annotated[
        Literal["NFC", "NFD", "NFKC", "NFKD"] | None, Doc("Unicode normal form to write letters in.")
    ] = None
    errors: Annotated[
        Errors,
        Doc("What to do with bytes that do not fit and characters the encoding does not have; `strict` fails."),
    ] = "strict"
    create_backup: Annotated[bool, Doc("Copy a file before it is replaced.")] = False
    backup_suffix: Annotated[str, Doc("What the backup's name has after the file's.", min_length=1)] = ".bak"
    dry_run: Annotated[bool, Doc("Tell what would change, but write nothing.")] = False
    max_files: Annotated[int, Doc("Fail when the pattern fits more files than this.", minimum=1)] = 1000


class _Way(NamedTuple):
    """From which encoding to which, and what to change on the way."""

    source: Encoding
    target: Encoding
    change: Change


class _Pass(NamedTuple):
    """What going through a file once has told."""

    changer: TextChanger
    replaced: int
    size: int
    written: int
    same: bool


class FileConverter:
    """Convert text files."""

    examples = (
        Example(
            "Windows line endings to Unix ones",
            {"path": "a.txt", "newline": "lf", "create_backup": True},
            {
                "changed": True,
                "from_encoding": "utf-8",
                "newline_before": "crlf",
                "newline_after": "lf",
                "changes": {"lines": 0, "endings": 2, "replaced": 0},
                "backup": "a.txt.bak",
            },
            files={"a.txt": "one\r\ntwo\r\n"},
            grants=("fs.read=.", "fs.write=."),
        ),
        Example(
            "another encoding, in another file",
            {"path": "a.txt", "output": "b.txt", "to_encoding": "utf-16-le", "bom": "add"},
            {"path": "a.txt", "output": "b.txt", "to_encoding": "utf-16-le", "bytes_before": 5, "bytes_after": 10},
            files={"a.txt": "café"},
            grants=("fs.read=.", "fs.write=."),
        ),
        Example(
            "see which files of a folder would be tidied",
            {"path": "src", "pattern": "*.py", "trim_trailing": True, "final_newline": "add", "dry_run": True},
            {"count": 2, "changed": 1, "failed": 0},
            files={"src/a.py": "x = 1  \n", "src/pkg/b.py": "y = 2\n"},
            grants=("fs.read=src", "fs.write=src"),
        ),
    )

    async def run(self, args: FileConverterArgs, ctx: Context) -> dict[str, Any]:
        """Convert one file, or with `pattern` several; a file that stays the same is not written."""
        if args.pattern is None:
            return await _convert(args.path, args, ctx)
        if args.output is not None:
            raise ValidationError("one output cannot hold several files", suggestions=["Leave out output or pattern."])
        if not args.dry_run:
            await ctx.fs.require(args.path, "fs.write")
        done = []
        paths = await _chosen(args, ctx)
        for number, path in enumerate(paths, 1):
            try:
                done.append(await _convert(path, args, ctx))
            except LlmspellError as error:
                done.append({"path": path, "changed": False, "error": {"code": error.code, "message": error.message}})
            ctx.progress(number, len(paths), path)
        return {
            "files": done,
            "count": len(done),
            "changed": sum(one["changed"] for one in done),
            "failed": sum("error" in one for one in done),
            "dry_run": args.dry_run,
        }


async def _chosen(args: FileConverterArgs, ctx: Context) -> list[str]:
    selection = Selection(ctx, args.path, include=as_patterns(args.pattern))
    paths = []
    async for entry in selection.entries():
        if entry.info.kind == "file":
            paths.append(entry.info.path)
        if len(paths) > args.max_files:
            raise ValidationError(
                f"more than {args.max_files} files fit the pattern",
                suggestions=["Use a narrower pattern, or raise max_files."],
            )
    return paths


async def _convert(path: str, args: FileConverterArgs, ctx: Context) -> dict[str, Any]:
    target = args.output or path
    if not args.dry_run:
        await ctx.fs.require(target, "fs.write")
    info = await ctx.fs.stat(path)
    way = await _way(path, args, ctx)
    seen = await _go(path, way, args, ctx, None)
    backup = None
    if not args.dry_run and (args.output is not None or not seen.same):
        backup = await _replace(path, info, way, args, ctx)
    endings = seen.changer.before
    kept = getattr(endings, way.change.newline) if way.change.newline else endings.total
    return {
        "path": path,
        "output": target,
        "changed": not seen.same,
        "from_encoding": way.source.codec,
        "to_encoding": way.target.codec,
        "bom_before": bool(way.source.mark),
        "bom_after": bool(way.target.mark),
        "newline_before": endings.style,
        "newline_after": seen.changer.after.style,
        "lines": endings.lines,
        "changes": {
            "lines": seen.changer.lines_changed,
            "endings": endings.total - kept,
            "replaced": seen.replaced,
        },
        "bytes_before": seen.size,
        "bytes_after": seen.written,
        "backup": backup,
        "dry_run": args.dry_run,
    }


async def _replace(path: str, info: FileInfo, way: _Way, args: FileConverterArgs, ctx: Context) -> str | None:
    """Go through the file again, now writing; the new file appears whole or not at all.

    What somebody else writes to the file meanwhile is not in the new one: then nothing is replaced.
    """
    target, backup = args.output or path, None
    await make_above(target, ctx)
    if args.create_backup and await ctx.fs.exists(target):
        backup = await backups.back_up(ctx.fs, target, args.backup_suffix, 1)
    exclusive = args.output is not None and not args.overwrite
    async with ctx.fs.atomic(target, exclusive=exclusive) as file:
        await _go(path, way, args, ctx, file.write)
        if target == path and _mark(await ctx.fs.stat(path)) != _mark(info):
            raise ResourceUnavailableError(
                f"{path!r} changed while it was converted: it is left alone",
                suggestions=["Try again when nobody writes to it, or write the result elsewhere with output."],
                context={"path": path},
            )
    return backup


def _mark(info: FileInfo) -> tuple[int, ...]:
    return (info.size, info.modified_ns, info.inode, info.device)


async def _go(path: str, way: _Way, args: FileConverterArgs, ctx: Context, sink: Sink | None) -> _Pass:
    """Go through a file once, holding a piece of it at a time."""
    changer = TextChanger(way.change, path)
    recoder = Recoder(way.source, way.target, args.errors, changer, path)
    before, after = hashlib.sha256(), hashlib.sha256()
    size = written = 0

    def work(data: bytes) -> bytes:
        new = recoder.feed(data, final=not data)
        before.update(data)
        after.update(new)
        return new

    async with ctx.fs.open(path) as file:
        while True:
            data = await file.read(_CHUNK)
            new = await ctx.blocking(work, data)
            size += len(data)
            written += len(new)
            if sink is not None:
                await sink(new)
            ctx.progress(size, None, path)
            if not data:
                break
    return _Pass(changer, recoder.replaced, size, written, before.digest() == after.digest())


async def _way(path: str, args: FileConverterArgs, ctx: Context) -> _Way:
    async with ctx.fs.open(path) as file:
        head = await file.read(encodings.SAMPLE)
    source = await _source(path, head, args, ctx)
    newline: str | None = None if args.newline == "keep" else args.newline
    if newline == "native":
        plain = _Way(source, Encoding("utf-8"), Change())
        newline = (await _go(path, plain, args, ctx, None)).changer.before.most_used
    change = Change(newline, args.final_newline, args.indent, args.tab_width, args.trim_trailing, args.normalize)
    return _Way(source, _target(source, args), change)


async def _source(path: str, head: bytes, args: FileConverterArgs, ctx: Context) -> Encoding:
    if args.from_encoding.lower() != "auto":
        return encodings.named(args.from_encoding, head)
    if media.looks_binary(head):
        raise ToolExecutionError(
            f"{path!r} is a binary file, not text: it is left alone",
            suggestions=["Name its encoding with from_encoding if it is text after all."],
            context={"path": path},
        )
    found = encodings.detect(head, whole=len(head) < encodings.SAMPLE, path=path)
    return await ctx.blocking(encodings.guess, head, path) if found is None else found


def _target(source: Encoding, args: FileConverterArgs) -> Encoding:
    """Give the encoding to write and its mark; `utf-16`, `utf-32` and `utf-8-sig` mean one unless it is removed."""
    keep = args.to_encoding.lower() == "keep"
    codec = source.codec if keep else encodings.codec_name(args.to_encoding)
    wants = args.bom == "add" or (args.bom == "keep" and (bool(source.mark) or codec in encodings.MARKED))
    codec = encodings.MARKED.get(codec, codec)
    mark = encodings.mark_of(codec) if wants else b""
    if args.bom == "add" and not mark:
        raise ValidationError(
            f"{codec} has no byte order mark", suggestions=["Choose utf-8, utf-16 or utf-32 with bom='add'."]
        )
    return Encoding(codec, mark)
