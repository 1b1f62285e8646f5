"""Open an archive of any format and go through it: the decompressing in a thread, the reading through the file port."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from llmspell.errors import LlmspellError, ToolExecutionError, ValidationError
from llmspell_tools_files.archive import kinds
from llmspell_tools_files.archive.faults import Limits, Meter, shown
from llmspell_tools_files.archive.source import Source
from llmspell_tools_files.archive.streams import PIECE, Counted, Unpacked
from llmspell_tools_files.archive.tar import Member, SingleReader, TarReader
from llmspell_tools_files.archive.zip import ZipReader
from llmspell_tools_files.text import encodings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.spec.context import Context
    from llmspell_tools_files.archive.streams import Input

_PER_ENTRY: Final = 1024
"""Bytes of a zip's table of contents for one entry; names and extra fields of honest ones need a tenth."""

_BATCH: Final = 64
"""Entries read at once."""


class _Reader(Protocol):
    def next(self) -> Member | None: ...

    def read(self, size: int) -> bytes: ...


class _Item(NamedTuple):
    """An entry with what was read of it at once, and whether that is all."""

    member: Member
    data: bytes
    finished: bool


class Archive:
    """An archive that is open: its format, its entries in order, and the contents of the one just given."""

    def __init__(self, ctx: Context, kind: str, reader: _Reader, meter: Meter, size: int) -> None:
        self._ctx = ctx
        self._reader = reader
        self._meter = meter
        self._item: _Item | None = None
        self._name = ""
        self.kind = kind
        self.size = size

    async def members(self, *, contents: bool = True) -> AsyncIterator[Member]:
        """Yield each entry; its contents must be asked for before the next one, or not at all without `contents`."""
        ended = False
        while not ended:
            batch, fault, ended = await self._ctx.blocking(self._batch, contents)
            for self._item in batch:
                yield self._item.member
            if fault is not None:
                raise fault

    async def contents(self) -> AsyncIterator[bytes]:
        """Yield what the present entry holds; damage shows at its end at the latest."""
        if self._item is None:
            return
        data, finished = self._item.data, self._item.finished
        if data:
            yield data
        while not finished:
            data, finished = await self._ctx.blocking(self._piece)
            if data:
                yield data

    def _batch(self, contents: bool) -> tuple[list[_Item], LlmspellError | None, bool]:  # noqa: FBT001 - for a thread
        """Read small files by the dozen, a large one in part: a trip to a thread costs more than a small file."""
        batch: list[_Item] = []
        held = 0
        try:
            while held < PIECE and len(batch) < _BATCH and (not batch or batch[-1].finished):
                member = self._reader.next()
                if member is None:
                    return batch, None, True
                if member.size is not None:
                    self._meter.announce(member.size, member.name)
                self._name = member.name
                data, finished = self._piece() if contents and member.kind == "file" else (b"", True)
                batch.append(_Item(member, data, finished))
                held += len(data)
        except LlmspellError as error:
            return batch, error, False  # what came before it is told first
        return batch, None, False

    def _piece(self) -> tuple[bytes, bool]:
        """Gather up to a piece of the present entry and tell whether that was the rest."""
        parts: list[bytes] = []
        held = 0
        while held < PIECE:
            part = self._reader.read(PIECE - held)
            if not part:
                return b"".join(parts), True
            self._meter.file(len(part), self._name)
            parts.append(part)
            held += len(part)
        return b"".join(parts), False


@asynccontextmanager
async def opened(
    ctx: Context, path: str, limits: Limits, *, name_encoding: str | None, kind: str | None
) -> AsyncIterator[Archive]:
    """Open an archive; `kind` says its format when its first bytes are not to be asked."""
    encoding = None if name_encoding is None else _name_codec(name_encoding)
    async with ctx.fs.open(path) as file:
        size = (await ctx.fs.stat(path)).size
        source = Source(file, size, max(PIECE, limits.entries * _PER_ENTRY))
        meter = Meter(limits)
        try:
            found, reader = await ctx.blocking(_reader, path, source, meter, encoding, kind)
            yield Archive(ctx, found, reader, meter, size)
        finally:
            source.close()


def _name_codec(name: str) -> str:
    """Give the codec for names: the formats themselves are ASCII, so slashes and dots must be what they are there."""
    codec = encodings.codec_name(name)
    if "./".encode(codec) != b"./":
        raise ValidationError(
            f"{name!r} cannot be the encoding of names in an archive", suggestions=["Use one such as cp437 or cp932."]
        )
    return codec


def _reader(path: str, source: Source, meter: Meter, encoding: str | None, kind: str | None) -> tuple[str, _Reader]:
    found = kinds.by_head(path, source.read(kinds.BLOCK))
    source.seek(0)
    if kind is not None and kinds.compression(kind) != kinds.compression(found):
        raise ToolExecutionError(
            f"{path!r} is not {kind}: its first bytes are those of {found}",
            suggestions=["Leave out `format`: it is found out."],
            context={"path": path, "found": found},
        )
    if found == "zip":
        return found, ZipReader(source, meter, encoding)
    names = encoding or "utf-8"
    if found == "tar":
        return found, TarReader(Counted(source, meter), meter, names)
    # Whether a compressed file is a tar archive shows only in what is in it.
    head = Unpacked(source, found, Meter(meter.limits)).read(kinds.BLOCK)
    source.seek(0)
    stream: Input = Unpacked(source, found, meter)
    if kind in (None, f"tar.{found}") and kinds.is_tar(head):
        return f"tar.{found}", TarReader(stream, meter, names)
    if kind is not None and kind != found:
        raise ToolExecutionError(
            f"{path!r} is compressed by {found}, but what is in it is no tar archive",
            suggestions=[f"Leave out `format`, or give {found!r}: then it is one compressed file."],
            context={"path": path, "found": found},
        )
    return found, SingleReader(stream, meter, shown(kinds.without_ending(path)), source.size)
