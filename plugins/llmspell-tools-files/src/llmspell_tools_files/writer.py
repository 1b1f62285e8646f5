"""The tool `file_writer`: files written whole or not at all, with backups."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files import backups
from llmspell_tools_files.folders import make_above
from llmspell_tools_files.text import encodings
from llmspell_tools_files.text.endings import ENDINGS

if TYPE_CHECKING:
    from llmspell.spec.context import Context

_MARKED = {"utf-16": codecs.BOM_UTF16, "utf-32": codecs.BOM_UTF32, "utf-8-sig": codecs.BOM_UTF8}

_BASE64 = "base64"
UNKNOWN = -1
"""The size of a file that may be written but not looked at."""


@frozen(kw_only=True)
class FileWriterArgs:
    """What to write and how."""

    path: Annotated[str, Doc("File to write, relative to the working folder or absolute.", min_length=1)]
    content: Annotated[
        str | list[str] | dict[str, Any],
        Doc("The text; or a list of lines; or a result of `file_reader`, whose content and encoding are taken."),
    ]
    mode: Annotated[
        Literal["overwrite", "create", "append"],
        Doc("`create` fails when the file is there, `append` adds to its end."),
    ] = "overwrite"
    encoding: Annotated[
        str | None,
        Doc("Encoding to write, `utf-8` by default; `base64` says that the content is base64 of the bytes to write."),
    ] = None
    newline: Annotated[
        Literal["keep", "lf", "crlf", "cr"], Doc("Line endings to write; `keep` leaves them as they are.")
    ] = "keep"
    create_backup: Annotated[bool, Doc("Copy the old file before it is overwritten or added to.")] = False
    backup_suffix: Annotated[str, Doc("What the backup's name has after the file's.", min_length=1)] = ".bak"
    max_backups: Annotated[int, Doc("Backups to keep: `.bak`, `.bak.1`, ...", minimum=1, maximum=100)] = 1
    atomic_write: Annotated[
        bool, Doc("Write beside the file and rename, so that a reader sees the old file or the new one.")
    ] = True
    create_directories: Annotated[bool, Doc("Make the folders above the file when they are missing.")] = True
    dry_run: Annotated[bool, Doc("Check everything and tell what would be done, but write nothing.")] = False


class FileWriter:
    """Write a file."""

    examples = (
        Example(
            "a report, with a backup of the old one",
            {"path": "output/report.md", "content": "# New\n", "create_backup": True, "atomic_write": True},
            {"bytes_written": 6, "created": False, "backup": "output/report.md.bak"},
            files={"output/report.md": "# Old\n"},
            grants=("fs.read=output", "fs.write=output"),
        ),
        Example(
            "a new file in a new folder",
            {"path": "out/deep/a.txt", "content": ["one", "two"], "mode": "create"},
            {"path": "out/deep/a.txt", "bytes_written": 8, "created": True, "backup": None},
            grants=("fs.read=out", "fs.write=out"),
        ),
        Example(
            "add to a log",
            {"path": "log.txt", "content": "second\n", "mode": "append"},
            {"bytes_written": 7, "size": 13},
            files={"log.txt": "first\n"},
            grants=("fs.read=.", "fs.write=."),
        ),
        Example(
            "bytes",
            {"path": "raw.bin", "content": "AAEC", "encoding": "base64"},
            {"bytes_written": 3, "sha256": "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc"},
            grants=("fs.read=.", "fs.write=."),
        ),
    )

    async def run(self, args: FileWriterArgs, ctx: Context) -> dict[str, Any]:
        """Write and return path, bytes written, size, digest of what was written, and the backup's path."""
        data = _bytes(args)
        await ctx.fs.require(args.path, "fs.write")
        old = await _old_size(args.path, ctx)
        if args.mode == "create" and old is not None:
            raise ResourceUnavailableError(
                f"{args.path!r} exists already",
                suggestions=["Choose another name, or mode='overwrite' or mode='append'."],
                context={"path": args.path},
            )
        if args.mode == "append" and old:
            data = _without_mark(data, args)
        wants_backup = args.create_backup and old is not None
        backup = backups.backup_name(args.path, args.backup_suffix) if wants_backup else None
        if not args.dry_run:
            await _write(args, ctx, data, backup=wants_backup)
        return {
            "path": args.path,
            "mode": args.mode,
            "bytes_written": len(data),
            "size": _size(len(data), old if args.mode == "append" else 0),
            "sha256": hashlib.sha256(data).hexdigest(),
            "created": old is None,
            "backup": backup,
            "dry_run": args.dry_run,
        }


async def _write(args: FileWriterArgs, ctx: Context, data: bytes, *, backup: bool) -> None:
    if args.create_directories:
        await make_above(args.path, ctx)
    if backup:
        await backups.back_up(ctx.fs, args.path, args.backup_suffix, args.max_backups)
    await ctx.fs.write(
        args.path,
        data,
        atomic=args.atomic_write,
        append=args.mode == "append",
        exclusive=args.mode == "create",
    )


def _size(written: int, before: int | None) -> int | None:
    """Give the size of the file afterwards, None when nobody may know it."""
    return None if before == UNKNOWN else written + (before or 0)


async def _old_size(path: str, ctx: Context) -> int | None:
    """Give the size of the file that is there, None when there is none, UNKNOWN without the right to look at it."""
    if not await ctx.fs.exists(path):
        return None
    try:
        info = await ctx.fs.stat(path)
    except PermissionDeniedError:
        return UNKNOWN
    if info.kind != "file":
        raise ResourceUnavailableError(
            f"{path!r} is a {info.kind}, not a file",
            suggestions=["Name a file in it." if info.kind == "directory" else "Choose another name."],
            context={"path": path, "kind": info.kind},
        )
    return info.size


def _bytes(args: FileWriterArgs) -> bytes:
    """Give the bytes to write."""
    content, encoding = _content(args)
    if encoding == _BASE64:
        try:
            return base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError(
                f"the content is not base64: {error}",
                suggestions=["Encode the bytes as base64, or name the encoding of the text."],
            ) from error
    text = content if args.newline == "keep" else _with_endings(content, ENDINGS[args.newline])
    codec = encodings.codec_name(encoding)
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        raise ValidationError(
            f"{codec} has no {text[error.start]!a} (character {error.start} of the content)",
            suggestions=["Write it as utf-8."],
            context={"encoding": codec, "position": error.start},
        ) from error


def _content(args: FileWriterArgs) -> tuple[str, str]:
    """Give the text to write and the name of its encoding."""
    content, encoding = args.content, args.encoding
    if isinstance(content, dict):
        inner, told = content.get("content"), content.get("encoding")
        if not isinstance(inner, str | list):
            raise ValidationError(
                "the content is a table without a text in `content`",
                suggestions=["Give a text, a list of lines, or a result of file_reader."],
            )
        content, encoding = inner, encoding or (told if isinstance(told, str) else None)
        if content_marked := _marked_again(str(told), bom=args.content.get("bom") is True):  # type: ignore[union-attr]
            encoding = args.encoding or content_marked
    if isinstance(content, list):
        if not all(isinstance(line, str) for line in content):
            raise ValidationError("a line of the content is not a text", suggestions=["Give texts only."])
        content = "".join(f"{line}\n" for line in content)
    return content, _BASE64 if (encoding or "").lower() == _BASE64 else encoding or "utf-8"


def _marked_again(encoding: str, *, bom: bool) -> str | None:
    """Name the codec that writes the byte order mark which the reader took away."""
    return {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-32-le": "utf-32"}.get(encoding) if bom else None


def _with_endings(text: str, ending: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if ending == "\n" else plain.replace("\n", ending)


def _without_mark(data: bytes, args: FileWriterArgs) -> bytes:
    """Take away the byte order mark: it belongs at the beginning of a file, not in its middle."""
    encoding = _content(args)[1]
    mark = b"" if encoding == _BASE64 else _MARKED.get(encodings.codec_name(encoding), b"")
    return data.removeprefix(mark)
