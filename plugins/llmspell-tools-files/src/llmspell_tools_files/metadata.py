"""The tool `file_metadata`: what is known of files, their checksums, and whether two hold the same."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from attrs import field, frozen

from llmspell.errors import LlmspellError, ResourceUnavailableError, ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files import media
from llmspell_tools_files.digests import Algorithm, Digests
from llmspell_tools_files.facts import full
from llmspell_tools_files.text import encodings
from llmspell_tools_files.text.counting import TextCounter

if TYPE_CHECKING:
    from llmspell.spec.context import Context
    from llmspell.spec.files import FileInfo
    from llmspell_tools_files.text.encodings import Encoding

_CHUNK = 1 << 20


@frozen(kw_only=True)
class FileMetadataArgs:
    """What to look at and what to tell."""

    path: Annotated[
        str | list[str],
        Doc("File, folder or link to look at; or a list of them, each of which gets its own entry or error."),
    ]
    checksums: Annotated[
        list[Algorithm],
        Doc("Checksums of the contents to calculate, in one reading; an empty list reads no contents."),
    ] = field(factory=lambda: ["sha256"])
    count_text: Annotated[bool, Doc("Count lines, words and characters of a text, and name its line ending.")] = False
    compare_with: Annotated[
        str | None, Doc("Another file: tell as `same_content` whether it holds the same bytes.", min_length=1)
    ] = None
    follow_links: Annotated[bool, Doc("Tell of the file that a link names, not of the link itself.")] = True


class _Seen(NamedTuple):
    """What the beginning of a file tells."""

    head: bytes
    encoding: Encoding | None


class FileMetadata:
    """Look at files."""

    examples = (
        Example(
            "size, media type and checksum",
            {"path": "data.csv"},
            {
                "path": "data.csv",
                "kind": "file",
                "size": 8,
                "size_text": "8 bytes",
                "media_type": "text/csv",
                "encoding": "utf-8",
                "checksums": {"sha256": "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470"},
            },
            files={"data.csv": "a,b\n1,2\n"},
            grants=("fs.read=.",),
        ),
        Example(
            "several files, one of them missing",
            {"path": ["a.txt", "b.txt"], "checksums": ["md5"]},
            {"count": 2, "failed": 1},
            files={"a.txt": "a"},
            grants=("fs.read=.",),
        ),
        Example(
            "two files that hold the same",
            {"path": "a.txt", "compare_with": "copy.txt", "checksums": [], "count_text": True},
            {"same_content": True, "text": {"lines": 2, "words": 3, "characters": 14, "newline": "lf"}},
            files={"a.txt": "one two\nthree\n", "copy.txt": "one two\nthree\n"},
            grants=("fs.read=.",),
        ),
    )

    async def run(self, args: FileMetadataArgs, ctx: Context) -> dict[str, Any]:
        """Return what is known of the path; for a list, `files` in its order, and how many failed."""
        if isinstance(args.path, str):
            return await _look(args.path, args, ctx)
        if not args.path:
            raise ValidationError("the list of paths is empty", suggestions=["Name a file or folder as `path`."])
        for path in args.path:
            await ctx.fs.require(path, "fs.read")  # a right that is missing is for the user to give, not an entry
        found = []
        for number, path in enumerate(args.path, 1):
            try:
                found.append(await _look(path, args, ctx))
            except LlmspellError as error:
                found.append({"path": path, "error": {"code": error.code, "message": error.message}})
            ctx.progress(number, len(args.path), path)
        return {"files": found, "count": len(found), "failed": sum("error" in one for one in found)}


async def _look(path: str, args: FileMetadataArgs, ctx: Context) -> dict[str, Any]:
    info = await ctx.fs.stat(path, follow=False)
    told: dict[str, Any] = {"path": path, "name": posixpath.basename(path.rstrip("/")) or path}
    if info.kind == "link":
        told["link_target"] = await ctx.fs.read_link(path)
        if args.follow_links:
            try:
                info = await ctx.fs.stat(path)
            except ResourceUnavailableError as error:
                told |= {"broken": True, "reason": error.message}
    told |= full(info)
    if info.kind == "directory":
        told["entries"] = len(await ctx.fs.list(path))
    if info.kind == "file":
        told |= await _contents(path, info, args, ctx)
    if args.compare_with is not None:
        told["same_content"] = await _same(path, info, args.compare_with, ctx)
    return told


async def _contents(path: str, info: FileInfo, args: FileMetadataArgs, ctx: Context) -> dict[str, Any]:
    """Tell what a file holds; what is wanted of all its bytes is found in one reading."""
    seen = await _begin(path, info, ctx)
    kind = media.describe(path, seen.head, text=seen.encoding is not None)
    told: dict[str, Any] = {
        "extension": posixpath.splitext(path)[1].lstrip(".").lower() or None,
        "media_type": kind.type,
        "format": kind.format,
        "binary": seen.encoding is None,
        "encoding": seen.encoding.codec if seen.encoding else None,
        "bom": bool(seen.encoding and seen.encoding.mark),
    }
    digests = Digests(args.checksums)
    counter = TextCounter(seen.encoding) if args.count_text and seen.encoding else None
    if args.checksums or counter:
        await _read_through(path, info, digests, counter, ctx)
    if args.checksums:
        told["checksums"] = digests.result()
    if args.count_text:
        told["text"] = counter.result() if counter else None
    return told


async def _begin(path: str, info: FileInfo, ctx: Context) -> _Seen:
    async with ctx.fs.open(path) as file:
        head = await file.read(min(encodings.SAMPLE, max(info.size, 1)))
    if not head:
        return _Seen(head, encodings.Encoding("utf-8"))
    if media.looks_binary(head):
        return _Seen(head, None)
    found = encodings.detect(head, whole=len(head) >= info.size, path=path)
    return _Seen(head, await ctx.blocking(encodings.guessed, head, path) if found is None else found)


async def _read_through(path: str, info: FileInfo, digests: Digests, counter: TextCounter | None, ctx: Context) -> None:
    def work(data: bytes) -> None:
        digests.update(data)
        if counter is not None:
            counter.feed(data, final=not data)

    done = 0
    async with ctx.fs.open(path) as file:
        while data := await file.read(_CHUNK):
            await ctx.blocking(work, data)
            done += len(data)
            ctx.progress(done, info.size, path)
    work(b"")


async def _same(path: str, info: FileInfo, other: str, ctx: Context) -> bool:
    """Compare contents; what has another size is not read."""
    against = await ctx.fs.stat(other)
    for name, one in ((path, info), (other, against)):
        if one.kind != "file":
            raise ResourceUnavailableError(
                f"cannot compare {name!r}: it is no file but a {one.kind}",
                suggestions=["Name two files."],
                context={"path": name, "kind": one.kind},
            )
    if info.size != against.size:
        return False
    if info.inode and (info.inode, info.device) == (against.inode, against.device):
        return True
    async with ctx.fs.open(path) as left, ctx.fs.open(other) as right:
        while True:
            mine, theirs = await _block(left), await _block(right)
            if mine != theirs:
                return False
            if not mine:
                return True


async def _block(file: Any) -> bytes:
    """Read a full block, however many bytes come at a time; less only at the end."""
    data: bytes = await file.read(_CHUNK)
    while data and len(data) < _CHUNK and (more := await file.read(_CHUNK - len(data))):
        data += more
    return data
