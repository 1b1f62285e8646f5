"""Open the files of journals: regular ones of this user, never through a link, and by one process at a time."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import contextmanager, suppress
from io import FileIO
from typing import TYPE_CHECKING, BinaryIO, Final

from llmspell.errors import JournalBusyError, JournalError, JournalWriteError
from llmspell.spec.storage_lock import hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PLAIN: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_TRIES: Final = 20
_PAUSE: Final = 0.005
"""Whoever lists the runs asks for a lock and gives it back at once: the seconds between tries to get past them."""

ADVICE: Final = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room: the quota of this user is used up",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EACCES: "make the folder writable for this user, or choose another `data` folder",
    errno.EROFS: "choose a `data` folder on a disk that can be written",
}
_BEHIND: Final = 1 << 60
"""The byte that is locked where bytes are locked and not files: behind every journal."""


def make(path: Path) -> FileIO:
    """Make the file of a new run, for its owner alone, and lock it; the folder is made where it is missing."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise unwritable(path, error, safe=0) from error
    try:
        number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _PLAIN, 0o600)
    except FileExistsError as error:
        raise taken(path) from error
    except OSError as error:
        raise unwritable(path, error, safe=0) from error
    return _locked(path, FileIO(number, "r+b"))


def taken(path: Path) -> JournalError:
    """Say that a run has this journal already."""
    return JournalError(
        f"there is a journal {path} already",
        suggestions=["resume that run, or give this one another file"],
        context={"path": str(path)},
    )


def new_folders(path: Path) -> tuple[Path, ...]:
    """Give the folders whose lists of names change when this file is made, the nearest first."""
    changed = [path.parent]
    while not changed[-1].exists() and changed[-1] != changed[-1].parent:
        changed.append(changed[-1].parent)
    return tuple(changed)


@contextmanager
def open_to_read(path: Path) -> Iterator[BinaryIO]:
    """Open a journal to read it in a block, whoever has it; raises `JournalError` when it is missing or unreadable."""
    try:
        with os.fdopen(_open(path, os.O_RDONLY), "rb") as file:
            yield file
    except OSError as error:
        raise unreadable(path, error) from error


def open_to_write(path: Path) -> FileIO:
    """Open a journal to go on with it, and lock it until the file is closed.

    Raises `JournalBusyError` when another process has it, and what `open_to_read` raises.
    """
    try:
        file = FileIO(_open(path, os.O_RDWR | os.O_APPEND), "r+b")
    except OSError as error:
        raise unreadable(path, error) from error
    return _locked(path, file)


def rewrite(path: Path, old: FileIO, contents: bytes) -> tuple[FileIO, int]:
    """Put other contents in the place of a locked journal, whole or not at all; gives the new file and its size.

    The new file is locked before it has the name, and `old` closed after that: nobody gets in between.
    """
    beside = path.with_name(path.name + ".new")
    try:
        new = FileIO(os.open(beside, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC | _PLAIN, 0o600), "r+b")
        try:
            _lock_patiently(path, new)
            view = memoryview(contents)
            while view:
                view = view[os.write(new.fileno(), view) :]
            os.fsync(new.fileno())
            beside.replace(path)
        except BaseException:
            new.close()
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise unwritable(path, error, safe=contents.count(b"\n")) from error
    old.close()
    return new, len(contents)


def is_locked(file: BinaryIO) -> bool:
    """Tell whether some process goes on with this journal; a lock that this takes ends when the file is closed."""
    try:
        hold(file, place=_BEHIND, shared=True)
    except (BlockingIOError, PermissionError):  # POSIX and Windows
        return True
    except OSError:  # this file system has no locks, so nobody has one
        return False
    return False


def unwritable(path: Path, error: BaseException, *, safe: int) -> JournalWriteError:
    """Say why a journal cannot be written, and how many of its records are kept."""
    number = getattr(error, "errno", None) or 0
    advice = ADVICE.get(number, "look at the disk: the system says that it failed")
    return JournalWriteError(
        f"the journal {path} cannot be written: {getattr(error, 'strerror', None) or error!r}; "
        f"{safe} of its records are kept",
        suggestions=[advice, "then resume the run: it goes on after the last record that is kept"]
        if safe
        else [advice],
        context={"path": str(path), "safe": safe, "errno": errno.errorcode.get(number, "")},
    )


def unreadable(path: Path, error: OSError) -> JournalError:
    """Say why a journal cannot be read."""
    if error.errno in (errno.ELOOP, errno.EMLINK):  # what O_NOFOLLOW says of a link, on Linux and on BSD
        return _refused(path, "it is a link")
    missing = isinstance(error, FileNotFoundError)
    return JournalError(
        f"there is no journal {path}" if missing else f"the journal {path} cannot be read: {error.strerror}",
        suggestions=["`llmspell runs list` names those there are"] if missing else ["look at the rights of the file"],
        context={"path": str(path)},
    )


def _open(path: Path, flags: int) -> int:
    """Open a regular file of this user; links are refused by the system, or by what they lead to on Windows."""
    number = os.open(path, flags | _PLAIN)
    try:
        info = os.fstat(number)
        if not stat.S_ISREG(info.st_mode):
            raise _refused(path, "it is no regular file")
        if hasattr(os, "geteuid") and info.st_uid != os.geteuid():
            raise _refused(path, "it belongs to another user")
    except BaseException:
        os.close(number)
        raise
    return number


def _refused(path: Path, why: str) -> JournalError:
    return JournalError(
        f"the journal {path} is not read: {why}",
        suggestions=["look who put it there; runs of this user are regular files that belong to this user"],
        context={"path": str(path)},
    )


def _locked(path: Path, file: FileIO) -> FileIO:
    try:
        _lock_patiently(path, file)
        if not _still_there(path, file):
            raise unreadable(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    except BaseException:
        file.close()
        raise
    return file


def _lock_patiently(path: Path, file: FileIO) -> None:
    for left in range(_TRIES, 0, -1):
        try:
            return hold(file, place=_BEHIND)
        except (BlockingIOError, PermissionError) as error:  # POSIX and Windows
            if left == 1:
                raise _busy(path, _holder(file)) from error
        except OSError as error:
            raise unreadable(path, error) from error
        time.sleep(_PAUSE)
    return None


def _busy(path: Path, holder: str) -> JournalBusyError:
    who = "this process" if holder == str(os.getpid()) else f"process {holder}" if holder else "another process"
    return JournalBusyError(
        f"the run {path.stem} is under way in {who}",
        suggestions=["wait until it has ended, or end that process"],
        context={"path": str(path), "process": holder},
    )


def _holder(file: FileIO) -> str:
    """Give the number of the process that has the lock where Linux tells it, else nothing."""
    info = os.fstat(file.fileno())
    here = f"{os.major(info.st_dev):02x}:{os.minor(info.st_dev):02x}:{info.st_ino}"
    with suppress(OSError), open("/proc/locks", encoding="ascii") as locks:  # noqa: PTH123 - no file of ours
        for line in locks:
            words = line.split()
            if words[1] == "FLOCK" and words[3] == "WRITE" and words[5] == here and int(words[4]) > 0:
                return words[4]
    return ""


def _still_there(path: Path, file: FileIO) -> bool:
    """Tell whether the name still means this file: it may have been removed before the lock was ours."""
    try:
        return os.path.samestat(path.stat(follow_symlinks=False), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
