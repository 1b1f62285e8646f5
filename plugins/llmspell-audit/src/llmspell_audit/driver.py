"""The files of a log: the only module here that opens any. Who writes holds a lock for as long as one line takes."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from llmspell.errors import AuditError
from llmspell_audit.chain import read
from llmspell_audit.checking import Line
from llmspell_audit.log import AuditLog, World
from llmspell_audit.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.spec import Context
    from llmspell_audit.section import AuditSection

if sys.platform == "win32":
    import msvcrt

    def _seize(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _release(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _seize(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


PATIENCE = 5.0
"""Seconds to wait for another process that writes; a line takes microseconds, a full file some milliseconds."""

BLOCK = 1 << 12
KEY_BYTES = 32
OWNER_ONLY = 0o600
OTHERS = 0o077


class Files:
    """The files of one log: `audit.jsonl`, full ones as `audit.000001.jsonl`, a lock, and elsewhere the anchor."""

    def __init__(self, path: Path, anchor: Path) -> None:
        self.path = path
        self.anchor = anchor
        self._lock: IO[bytes] | None = None
        self._file: int | None = None
        self._looked: list[tuple[Path, int]] | None = None

    def __str__(self) -> str:
        return str(self.path)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep other processes from writing for a block."""
        if self._lock is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.fdopen(_private(self.path.with_name(self.path.name + ".lock")), "r+b", buffering=0)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                _seize(self._lock)
                break
            except OSError as error:
                if time.monotonic() > until:
                    message = f"another process writes to {self.path} for more than {PATIENCE:g} s"
                    raise AuditError(message, suggestions=["look for a process that was stopped"]) from error
            time.sleep(0.001)
        try:
            yield
        finally:
            _release(self._lock)

    def state(self) -> tuple[int, int]:
        """Give which file the current one is, and its size; opens it, again when another process began a new one."""
        if self._file is not None:
            try:
                there = self.path.stat()
                here = os.fstat(self._file)
                if (there.st_ino, there.st_dev) == (here.st_ino, here.st_dev):
                    return (here.st_ino, here.st_size)
            except FileNotFoundError:
                pass
            self.close_file()
        here = os.fstat(self._opened())
        return (here.st_ino, here.st_size)

    def append(self, data: bytes, *, sync: bool) -> None:
        """Write a line behind the others, whole or not at all; raises `OSError`."""
        file = self._opened()
        start = os.fstat(file).st_size
        try:
            if os.write(file, data) != len(data):
                raise OSError(f"{self.path} has room for a part of a line only")
            if sync:
                os.fsync(file)
        except OSError:
            with suppress(OSError):  # what cannot be removed is found by the next writer, whose record tells of it
                os.ftruncate(file, start)
            raise

    def truncate(self, size: int) -> None:
        """Cut the current file."""
        os.ftruncate(self._opened(), size)

    def tail(self) -> bytes:
        """Give the end of the current file, with a whole line at least where it has one."""
        return _tail(self._opened())

    def flush(self) -> None:
        """Wait until the disk has what was written."""
        if self._file is not None:
            os.fsync(self._file)

    def rotate(self) -> None:
        """Put the current file aside as the next full one."""
        self.flush()
        self.close_file()
        full = self.full()
        number = _number(full[-1]) + 1 if full else 1
        self.path.rename(self.path.with_name(f"{self.path.stem}.{number:06}{self.path.suffix}"))
        _sync_folder(self.path.parent)

    def full(self) -> list[Path]:
        """List the full files, the oldest first."""
        found = self.path.parent.glob(f"{self.path.stem}.[0-9]*{self.path.suffix}")
        return sorted((one for one in found if _number(one)), key=_number)

    def last_of_full(self) -> bytes:
        """Give the last line of the newest full file, without its end; nothing when there is none."""
        full = self.full()
        if not full:
            return b""
        with full[-1].open("rb", buffering=0) as file:
            return _tail(file.fileno()).rstrip(b"\n").rpartition(b"\n")[2]

    def first_of(self, full: Path) -> bytes:
        """Give the first line of a full file, without its end."""
        with full.open("rb") as file:
            return file.readline().rstrip(b"\n")

    def lines(self) -> Iterator[Line]:
        """Read the whole log, the oldest file first."""
        for path in (*self.full(), self.path):
            with suppress(FileNotFoundError), path.open("rb") as file:
                for number, data in enumerate(file, 1):
                    yield Line(str(path), number, data.removesuffix(b"\n"), data.endswith(b"\n"))

    def lines_behind(self, seq: int) -> Iterator[Line]:
        """Read what stands behind a record; a look at an unchanged log costs as little as finding that out."""
        sizes = [(path, path.stat().st_size) for path in (*self.full(), self.path) if path.exists()]
        if sizes == self._looked:
            return
        self._looked = sizes
        for line in self.lines():
            record = read(line.data)
            if record is None or record.seq > seq:
                yield line

    def read_anchor(self) -> bytes | None:
        """Give what the anchor says, None where there is none."""
        try:
            return self.anchor.read_bytes()
        except FileNotFoundError:
            return None

    def write_anchor(self, data: bytes) -> None:
        """Replace the anchor, in one step."""
        self.flush()
        self.anchor.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.anchor.with_name(f"{self.anchor.name}.{os.getpid()}")
        file = _private(fresh, os.O_TRUNC)
        try:
            os.write(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        fresh.replace(self.anchor)
        _sync_folder(self.anchor.parent)

    def close_file(self) -> None:
        """Let go of the current file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def close(self) -> None:
        """Let go of everything."""
        self.close_file()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _opened(self) -> int:
        if self._file is None:
            self._file = _private(self.path, os.O_APPEND)
        return self._file


class Audit(Recorder):
    """Open the log that `[audit]` describes, when there is something to write or somebody reads it."""

    async def open(self, ctx: Context) -> None:
        """Find the places and the key; no file is touched."""
        section: AuditSection = ctx.config
        path = _absolute(section.path) or ctx.paths.data / "audit" / "audit.jsonl"
        anchor = _absolute(section.anchor) or ctx.paths.config / "audit" / f"{_label(path)}.anchor"
        files = Files(path, anchor)

        def key() -> bytes:
            if section.signing_key is not None:
                return self.own_key(section.signing_key)
            return _key_file(anchor.with_name("audit.key"), begun=path.exists() or bool(files.full()))

        world = World(ctx.clock.now, ctx.new_id, os.getpid())
        self.begin(section, AuditLog(files, key, section, world), ctx)


def _absolute(path: str | None) -> Path | None:
    return None if path is None else Path(path).expanduser().absolute()


def _label(path: Path) -> str:
    import hashlib  # noqa: PLC0415 - with the first use of a log

    return f"{path.stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def _number(path: Path) -> int:
    text = path.stem.rpartition(".")[2]
    return int(text) if text.isdecimal() else 0


def _private(path: Path, flags: int = 0) -> int:
    """Open a file for its owner alone, making it when it is not there."""
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | flags, OWNER_ONLY)


def _tail(file: int) -> bytes:
    size = os.fstat(file).st_size
    length = BLOCK
    while True:
        begin = max(0, size - length)
        found = _read(file, begin, size)
        if not begin or found[:-1].count(b"\n") > 1:
            return found
        length *= 8


def _read(file: int, start: int, end: int) -> bytes:
    os.lseek(file, start, os.SEEK_SET)
    found = b""
    while len(found) < end - start:
        piece = os.read(file, end - start - len(found))
        if not piece:
            break
        found += piece
    return found


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # folders cannot be opened there
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _key_file(path: Path, *, begun: bool) -> bytes:
    """Read a key that only its owner may read, or make one for a log that has not begun."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        if begun:
            message = f"{path} is gone, the key that the records of the audit log are signed with"
            raise AuditError(
                message, suggestions=["restore it", "put the log aside: a new one has a new key"]
            ) from error
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        made = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        try:
            os.write(made, os.urandom(KEY_BYTES).hex().encode())
            os.fsync(made)
        finally:
            os.close(made)
        with suppress(FileExistsError):  # another process was faster, and its key counts
            os.link(fresh, path)
        fresh.unlink()
        _sync_folder(path.parent)
        return _key_file(path, begun=True)
    try:
        if sys.platform != "win32" and os.fstat(file).st_mode & OTHERS:
            message = f"the key of the audit log, {path}, can be read by others than its owner"
            raise AuditError(message, suggestions=[f"chmod 600 {path}", "make a new key if others may have read it"])
        data = os.read(file, 1 << 10).strip()
    finally:
        os.close(file)
    if len(data) != 2 * KEY_BYTES:
        message = f"{path} holds no key of an audit log"
        raise AuditError(message, suggestions=["restore it from a backup: records are signed with it"])
    return data
