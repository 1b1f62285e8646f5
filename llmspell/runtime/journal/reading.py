"""Read journals: as streams of records, without a lock, also while the run is under way."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from llmspell.errors import JournalCorruptError, JournalVersionError
from llmspell.runtime.journal.formats import LONGEST, BadLineError, Record, WrongNumberError, decode
from llmspell.runtime.journal.migrations import TODAY, Formats, migrate, renew
from llmspell.runtime.journal.opening import open_to_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NEAR = 4096
"""Bytes of the end of a file that are read first to find its last record."""


def of_program(header: Mapping[str, object]) -> bool:
    """Tell by its header whether a run is one of a Python program: no engine went through it."""
    return header.get("engine") is None


def read(path: Path, formats: Formats = TODAY) -> Iterator[Record]:
    """Yield the records of a run in their order, as today's format has them; a torn last line is left out.

    Raises `JournalError` when the file cannot be read, `JournalCorruptError` and `JournalVersionError`.
    """
    with open_to_read(path) as file:
        yield from migrate(Scan(path, file, formats), formats)


class Scan:
    """Walk over the lines of an open journal; `size` is where the whole records that were read end, in bytes."""

    __slots__ = ("_file", "_formats", "path", "size")

    def __init__(self, path: Path, file: BinaryIO, formats: Formats = TODAY) -> None:
        self.path = path
        self._file = file
        self._formats = formats
        self.size = 0

    def __iter__(self) -> Iterator[Record]:
        """Yield the records as they are written, without migrating them; stop before a torn last line."""
        n = 0
        while line := self._file.readline(LONGEST + 1):
            try:
                record = decode(line, n)
            except BadLineError as error:
                if self._torn(line, error):
                    break
                raise corrupt(self.path, n, str(error)) from error
            if n == 0:
                check_format(self.path, record, self._formats)
            self.size += len(line)
            n += 1
            yield record
        if n == 0:
            raise corrupt(self.path, 0, "it has no header: its process ended before anything was done")

    def _torn(self, line: bytes, error: BadLineError) -> bool:
        """Tell whether a bad line is the end of what a crash left: nothing follows it."""
        if isinstance(error, WrongNumberError) or len(line) > LONGEST:
            return False
        return not line.endswith(b"\n") or not self._file.read(1)


def check_format(path: Path, header: Record, formats: Formats) -> None:
    """Refuse a header that is none, or one of a format that is not known yet."""
    version = header.get("format")
    if header["k"] != "run" or type(version) is not int or version < 1:
        raise corrupt(path, 0, "it is no header of a run")
    if version > formats.written:
        raise JournalVersionError(
            f"the journal {path} has format {version}, and this llmspell knows those up to {formats.written}",
            suggestions=["run it with the llmspell that wrote it, or a newer one"],
            context={"path": str(path), "format": version, "known": formats.written},
        )


def corrupt(path: Path, n: int, why: str) -> JournalCorruptError:
    """Make the error for line `n` (from 0) of a journal."""
    return JournalCorruptError(
        f"the journal {path} is damaged in line {n + 1}: {why}",
        suggestions=[
            f"the {n} records before it are whole: put the file back from a copy, or keep those lines alone "
            "to go on from there"
            if n
            else "put the file back from a copy, or remove it and begin the run anew"
        ],
        context={"path": str(path), "line": n + 1},
    )


def head(path: Path, formats: Formats = TODAY) -> Record:
    """Give the header of a run without reading what follows it."""
    with open_to_read(path) as file:
        return next(migrate(Scan(path, file, formats), formats))


def tail(path: Path, formats: Formats = TODAY) -> Record:
    """Give the last whole record of a run without reading what lies between it and the header."""
    return ends(path, formats)[1]


def ends(path: Path, formats: Formats = TODAY) -> tuple[Record, Record]:
    """Give the header and the last whole record of a run, which may be one and the same."""
    with open_to_read(path) as file:
        return ends_of(path, file, formats)


def ends_of(path: Path, file: BinaryIO, formats: Formats = TODAY) -> tuple[Record, Record]:
    """Give the header and the last whole record of a journal that is open at its start."""
    header = next(iter(Scan(path, file, formats)))
    version = header["format"]
    last = renew(_last(path, file), version, formats)
    return renew(header, version, formats) | {"format": formats.written}, last


def _last(path: Path, file: BinaryIO) -> Record:
    """Find the last whole record from the end; the torn line that may stand behind it is left out."""
    end = file.seek(0, os.SEEK_END)
    wanted = NEAR
    while True:
        start = max(end - wanted, 0)
        file.seek(start)
        lines = file.read(end - start).splitlines(keepends=True)
        whole = lines if start == 0 else lines[1:]  # the first one has lost its beginning
        for line in whole[-1:-3:-1]:
            with suppress(BadLineError):
                return decode(line, None)
        if start == 0 or len(whole) > 1:
            raise JournalCorruptError(
                f"the journal {path} is damaged at its end: neither of its last two lines is whole",
                suggestions=["put the file back from a copy"],
                context={"path": str(path), "line": None},
            )
        wanted *= 8
