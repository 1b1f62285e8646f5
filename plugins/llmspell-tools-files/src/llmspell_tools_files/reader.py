"""The tool `file_reader`: files as text, lines or base64, whole or in part."""

from __future__ import annotations

import base64
import codecs
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.errors import ResourceExhaustedError, ValidationError
from llmspell.model.units import format_size, parse_size
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files import media
from llmspell_tools_files.facts import brief
from llmspell_tools_files.text import encodings
from llmspell_tools_files.text.lines import Range, read_lines

if TYPE_CHECKING:
    from llmspell.spec.context import Context
    from llmspell.spec.files import FileInfo
    from llmspell_tools_files.text.encodings import Encoding

# In UTF-8, bytes 10xxxxxx continue a letter.
_LETTER_BITS, _CONTINUES = 0xC0, 0x80


@frozen(kw_only=True)
class FileReaderArgs:
    """What to read and how."""

    path: Annotated[str, Doc("File to read, relative to the working folder or absolute.", min_length=1)]
    mode: Annotated[
        Literal["text", "lines", "binary"],
        Doc("`text` gives one text, `lines` a list of lines without their endings, `binary` base64."),
    ] = "text"
    encoding: Annotated[
        str, Doc("Text encoding such as `utf-8` or `cp1252`; `auto` detects it.", examples=("auto", "utf-8"))
    ] = "auto"
    errors: Annotated[
        Literal["strict", "replace", "ignore"], Doc("What to do with bytes that do not fit the encoding.")
    ] = "strict"
    max_size: Annotated[
        int | str, Doc("Most bytes to return, as a number or like `10MB`.", examples=("10MB", 4096))
    ] = "10MB"
    truncate: Annotated[bool, Doc("Return the beginning of a file larger than `max_size` instead of failing.")] = False
    start_line: Annotated[int | None, Doc("First line to return, counted from 1.", minimum=1)] = None
    end_line: Annotated[int | None, Doc("Last line to return, included.", minimum=1)] = None
    offset: Annotated[
        int, Doc("Where to start: lines to skip in mode `lines`, else bytes; negative counts bytes from the end.")
    ] = 0
    limit: Annotated[
        int | str | None, Doc("How much to return: lines in mode `lines`, else bytes (a number or like `64KB`).")
    ] = None
    line_numbers: Annotated[bool, Doc("Put the line's number and a tab before each line.")] = False
    include_metadata: Annotated[bool, Doc("Add size, times and mode of the file.")] = False


class FileReader:
    """Read a file."""

    examples = (
        Example(
            "whole text",
            {"path": "notes/data.txt", "max_size": "10MB"},
            {"content": "one\ntwo\nthree\n", "encoding": "utf-8", "lines": 3, "size": 14, "truncated": False},
            files={"notes/data.txt": "one\ntwo\nthree\n"},
            grants=("fs.read=notes",),
        ),
        Example(
            "some lines of a large file",
            {"path": "log.txt", "start_line": 2, "end_line": 3, "line_numbers": True},
            {"content": "2\tb\n3\tc\n", "start_line": 2, "end_line": 3},
            files={"log.txt": "a\nb\nc\nd\n"},
            grants=("fs.read=.",),
        ),
        Example(
            "a list of lines",
            {"path": "list.csv", "mode": "lines", "offset": 1},
            {"content": ["1,2", "3,4"], "media_type": "text/csv"},
            files={"list.csv": "a,b\n1,2\n3,4\n"},
            grants=("fs.read=list.csv",),
        ),
        Example(
            "bytes as base64",
            {"path": "raw.bin", "mode": "binary", "offset": 1, "limit": 2},
            {"content": "YmM=", "encoding": "base64", "bytes": 2, "truncated": True},
            files={"raw.bin": "abcd"},
            grants=("fs.read=raw.bin",),
        ),
    )

    async def run(self, args: FileReaderArgs, ctx: Context) -> dict[str, Any]:
        """Read and return content, encoding, size, media type and what else the mode tells."""
        by_line = _check(args)
        info = await ctx.fs.stat(args.path)
        async with ctx.fs.open(args.path) as file:
            head = await file.read(min(encodings.SAMPLE, max(info.size, 1)))
        if args.mode == "binary":
            content = await _binary(args, ctx, info)
        elif by_line:
            content = await _lines(args, ctx, info, head)
        else:
            content = await _text(args, ctx, info, head)
        kind = media.describe(args.path, head, text=not media.looks_binary(head))
        result = {"path": args.path, **content, "size": info.size, "media_type": kind.type, "format": kind.format}
        if args.include_metadata:
            result["metadata"] = brief(info)
        return result


def _check(args: FileReaderArgs) -> bool:
    """Tell whether lines are asked for, and refuse combinations that mean nothing."""
    by_line = args.mode == "lines" or args.start_line is not None or args.end_line is not None or args.line_numbers
    if args.mode == "binary" and by_line:
        raise ValidationError("a binary file has no lines", suggestions=["Use offset and limit, which count bytes."])
    if args.mode == "text" and by_line and (args.offset or args.limit is not None):
        raise ValidationError(
            "lines and bytes are asked for at once", suggestions=["Use start_line and end_line, or offset and limit."]
        )
    if args.mode == "lines" and args.offset < 0:
        raise ValidationError(
            "offset counts lines here and may not be negative", suggestions=["Use mode='text' to count bytes."]
        )
    if args.start_line and args.end_line and args.end_line < args.start_line:
        raise ValidationError(
            f"end_line {args.end_line} comes before start_line {args.start_line}", suggestions=["Exchange the two."]
        )
    return by_line


async def _encoding(args: FileReaderArgs, ctx: Context, head: bytes, info: FileInfo) -> Encoding:
    if args.encoding.lower() == "auto":
        found = encodings.detect(head, whole=len(head) >= info.size, path=args.path)
        if found is None:
            found = await ctx.blocking(encodings.guess, head[: encodings.SAMPLE], args.path)
        return found
    return encodings.named(args.encoding, head)


async def _window(args: FileReaderArgs, ctx: Context, info: FileInfo) -> tuple[bytes, int, bool]:
    """Read the bytes asked for: them, where they start, and whether the file holds more after or before them."""
    cap = parse_size(args.max_size)
    start = max(info.size + args.offset, 0) if args.offset < 0 else args.offset
    length = cap if args.limit is None else min(parse_size(args.limit), cap)
    if start == 0 and args.limit is None and not args.truncate:
        if info.size > cap:
            raise _too_large(args.path, info.size, cap)
        return await ctx.fs.read(args.path, limit=cap), 0, False
    async with ctx.fs.open(args.path) as file:
        await file.seek(start)
        data = await _read_fully(ctx, file, length)
    return data, start, start > 0 or start + len(data) < info.size


async def _read_fully(ctx: Context, file: Any, length: int) -> bytes:
    """Read `length` bytes or to the end, however many come at a time."""
    parts: list[bytes] = []
    done = 0
    while done < length and (data := await file.read(min(length - done, 1 << 20))):
        parts.append(data)
        done += len(data)
        ctx.progress(done, length, "reading")
    return b"".join(parts)


def _too_large(path: str, size: int, cap: int) -> ResourceExhaustedError:
    return ResourceExhaustedError(
        f"{path!r} holds {format_size(size)}, more than max_size {format_size(cap)}",
        suggestions=["Raise max_size, read a part with start_line or offset, or set truncate=true."],
        context={"path": path, "size": size, "max_size": cap},
    )


async def _binary(args: FileReaderArgs, ctx: Context, info: FileInfo) -> dict[str, Any]:
    data, start, truncated = await _window(args, ctx, info)
    content = base64.b64encode(data).decode()
    return {"content": content, "encoding": "base64", "bytes": len(data), "offset": start, "truncated": truncated}


async def _text(args: FileReaderArgs, ctx: Context, info: FileInfo, head: bytes) -> dict[str, Any]:
    data, start, truncated = await _window(args, ctx, info)
    # A whole file is looked at as a whole: a guess from its beginning could miss what comes late.
    encoding = await _encoding(args, ctx, head if truncated else data, info)
    if truncated:
        text = _part(data, encoding, args, start=start, at_end=start + len(data) >= info.size)
    else:
        text = encodings.decode(data, encoding, errors=args.errors, path=args.path)
    return {
        "content": text,
        "encoding": encoding.codec,
        "bom": bool(encoding.mark),
        "bytes": len(data),
        "offset": start,
        "lines": text.count("\n") + (not text.endswith("\n") and bool(text)),
        "newline": encodings.newline_of(text),
        "truncated": truncated,
    }


def _part(data: bytes, encoding: Encoding, args: FileReaderArgs, *, start: int, at_end: bool) -> str:
    """Decode a piece cut out of a text: letters cut in two at its ends are left out."""
    if start == 0:
        data = data.removeprefix(encoding.mark)
    elif encoding.codec == "utf-8":
        while data and data[0] & _LETTER_BITS == _CONTINUES:
            data = data[1:]
    elif encoding.codec.startswith(("utf-16", "utf-32")):
        width = 2 if encoding.codec.startswith("utf-16") else 4
        data = data[-start % width :]
    decoder = codecs.getincrementaldecoder(encoding.codec)(args.errors)
    try:
        return decoder.decode(data, final=at_end)
    except UnicodeDecodeError as error:
        raise encodings.misfit(args.path, encoding.codec, start + error.start) from error


async def _lines(args: FileReaderArgs, ctx: Context, info: FileInfo, head: bytes) -> dict[str, Any]:
    encoding = await _encoding(args, ctx, head, info)
    cap = parse_size(args.max_size)
    first = (args.start_line or 1) + (args.offset if args.mode == "lines" else 0)
    last = args.end_line
    if args.mode == "lines" and args.limit is not None:
        stop = first + _count(args.limit) - 1
        last = stop if last is None else min(last, stop)
    if last is not None and last < first:
        kept: list[str] = []
        total, cut = None, False
    else:
        async with ctx.fs.open(args.path) as file:
            found = await read_lines(file, encoding, Range(first, last, cap), errors=args.errors, path=args.path)
        kept, total, cut = found
    if cut and not args.truncate:
        raise _too_large(args.path, info.size, cap)
    end = first + len(kept) - 1
    text = "".join(kept)
    shown = [f"{number}\t{line}" for number, line in enumerate(kept, first)] if args.line_numbers else kept
    return {
        "content": [line.rstrip("\r\n") for line in shown] if args.mode == "lines" else "".join(shown),
        "encoding": encoding.codec,
        "bom": bool(encoding.mark),
        "lines": len(kept),
        "total_lines": total,
        "start_line": first if kept else None,
        "end_line": end if kept else None,
        "newline": encodings.newline_of(text),
        "truncated": cut or first > 1 or total is None or end < total,
    }


def _count(limit: int | str) -> int:
    try:
        count = int(limit)
    except ValueError:
        count = -1
    if count < 0:
        raise ValidationError(
            f"limit {limit!r} is not a number of lines", suggestions=["Give a whole number; mode='text' takes sizes."]
        )
    return count
