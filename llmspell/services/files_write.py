"""Change files: whole and durable, or not at all."""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH103, PTH104, PTH118, PTH120

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from llmspell.errors import ResourceUnavailableError
from llmspell.services.files_descend import HAS_DIR_FD, NOFOLLOW, Spot, find
from llmspell.services.files_errors import explained, wrong_kind
from llmspell.services.files_guard import READ, WRITE, Guard
from llmspell.services.files_openat import CLOEXEC
from llmspell.services.files_read import CHUNK, kind_of, open_regular
from llmspell.services.files_walk import walk_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEMP_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW | CLOEXEC | getattr(os, "O_BINARY", 0)


def write_file(guard: Guard, path: str, data: bytes, *, atomic: bool, append: bool, exclusive: bool) -> None:
    """Write a file; see `FileSystem.write`."""
    with find(guard, (WRITE,), path) as spot:
        if exclusive and spot.info is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        if append or not atomic:
            _write_in_place(spot, path, data, "a" if append else "x" if exclusive else "w", sync=atomic)
        else:
            _replace(spot, path, (data,), exclusive=exclusive)


def _write_in_place(spot: Spot, path: str, data: bytes, mode: str, *, sync: bool) -> None:
    fd = open_regular(spot, path, mode, "write")
    try:
        write_all(fd, data)
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte, however many the system takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _replace(
    spot: Spot, path: str, chunks: Iterable[bytes], *, exclusive: bool = False, mode: int | None = None
) -> None:
    """Put new contents in the place of a file: a temporary file beside it, fsync, rename, fsync of the folder.

    The mode of a replaced file is kept. An error at any point, of fsync too, leaves the old file and no temporary one.
    """
    if spot.name == ".":
        raise wrong_kind(path, "write", "directory", "a file")
    if spot.info is not None:
        if not stat.S_ISREG(spot.info.st_mode):
            raise wrong_kind(path, "write", kind_of(spot.info.st_mode), "a file")
        # A rename would replace a file that its owner made read-only; a write in place would not.
        if not os.access(spot.name, os.W_OK, dir_fd=spot.fd):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        mode = stat.S_IMODE(spot.info.st_mode)
    temporary = _temporary_name(spot.name)
    fd = os.open(temporary, _TEMP_FLAGS, 0o666, dir_fd=spot.fd)
    try:
        try:
            for data in chunks:
                write_all(fd, data)
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(fd, mode)
            os.fsync(fd)
        finally:
            os.close(fd)
        _put_in_place(temporary, spot, exclusive=exclusive)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=spot.fd)
        raise
    _sync_folder(spot.fd)


def _put_in_place(temporary: str, spot: Spot, *, exclusive: bool) -> None:
    if not exclusive:
        os.replace(temporary, spot.name, src_dir_fd=spot.fd, dst_dir_fd=spot.fd)
    elif HAS_DIR_FD:
        # A hard link fails when the name was taken meanwhile; a rename would not.
        os.link(temporary, spot.name, src_dir_fd=spot.fd, dst_dir_fd=spot.fd)
        os.unlink(temporary, dir_fd=spot.fd)
    else:
        os.rename(temporary, spot.name)  # Windows refuses a taken name by itself


def _temporary_name(name: str) -> str:
    """Name a hidden neighbour that nobody can guess, short enough for any file system."""
    folder, last = os.path.split(name)
    short = last.encode()[:40].decode(errors="ignore")
    return os.path.join(folder, f".{short}.{os.urandom(6).hex()}.tmp")


def _sync_folder(fd: int | None) -> None:
    """Make a rename survive a power loss. The folder is opened again for it: O_PATH descriptors cannot be synced."""
    if fd is None:
        return  # Windows has no such call
    folder = os.open(".", os.O_RDONLY | CLOEXEC, dir_fd=fd)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_folder(guard: Guard, path: str, *, parents: bool) -> None:
    """Make a folder; with `parents` those above it too, and one that is there already is fine."""
    absolute = guard.absolute(path)
    try:
        _make_one(guard, absolute, fresh=not parents)
    except FileNotFoundError:
        if not parents:
            raise
        if absolute == guard.root(WRITE, absolute):
            os.makedirs(absolute, exist_ok=True)  # the user named this folder by granting it
            return
        make_folder(guard, os.path.dirname(absolute), parents=True)
        _make_one(guard, absolute, fresh=False)


def _make_one(guard: Guard, absolute: str, *, fresh: bool) -> None:
    with find(guard, (WRITE,), absolute) as spot:
        if spot.info is None:
            try:
                os.mkdir(spot.name, dir_fd=spot.fd)
            except FileExistsError:
                if fresh:
                    raise
        elif fresh or not stat.S_ISDIR(spot.info.st_mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), absolute)


def remove_file(guard: Guard, path: str, *, recursive: bool) -> None:
    """Remove a file, a link (not what it names), an empty folder, or with `recursive` a whole tree."""
    with find(guard, (WRITE,), path, follow=False) as spot:
        info = spot.require()
        if spot.name == ".":
            raise ResourceUnavailableError(
                f"cannot remove {path!r}: it is the granted folder itself", suggestions=["Remove what lies in it."]
            )
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(spot.name, dir_fd=spot.fd)
        elif recursive:
            _require_below(guard, path)
            import shutil  # noqa: PLC0415 - loads every compressor there is

            shutil.rmtree(spot.name, dir_fd=spot.fd)
        else:
            os.rmdir(spot.name, dir_fd=spot.fd)


def rename_file(guard: Guard, source: str, target: str) -> None:
    """Give a file or folder another name; a file that has the name already is replaced, as on POSIX."""
    with find(guard, (WRITE,), source, follow=False) as old, _target(guard, target, follow=False) as new:
        info = old.require()
        if old.name == ".":
            raise ResourceUnavailableError(f"cannot rename {source!r}: it is the granted folder itself")
        if guard.allows(READ, new.path):
            guard.require(READ, old.path)  # else a rename would make readable what is not
        if stat.S_ISDIR(info.st_mode):
            _require_below(guard, source)
        os.replace(old.name, new.name, src_dir_fd=old.fd, dst_dir_fd=new.fd)
        _sync_folder(new.fd)


def _target(guard: Guard, path: str, *, follow: bool = True) -> Spot:
    """Find the second path of a verb; what is wrong with it is said of it, not of the first."""
    with explained(guard, path, "write"):
        return find(guard, (WRITE,), path, follow=follow)


def copy_file(guard: Guard, source: str, target: str) -> None:
    """Copy a file's contents and mode; the target appears whole or not at all."""
    with find(guard, (READ,), source) as old, _target(guard, target) as new:
        fd = open_regular(old, source, "r", "copy")
        try:
            mode = stat.S_IMODE(os.fstat(fd).st_mode)
            _replace(new, target, iter(lambda: os.read(fd, CHUNK), b""), mode=mode)
        finally:
            os.close(fd)


def _require_below(guard: Guard, path: str) -> None:
    """Refuse what would move or remove a path below that the grants deny (a rule may deny a part of a granted tree)."""
    seeing = _Seeing(guard.grants, guard.working, guard.who)
    seeing.own = guard.own
    for one in walk_tree(seeing, path):
        guard.require(WRITE, guard.absolute(one.path))


class _Seeing(Guard):
    """See a whole tree that may be written, to find in it what the caller may not touch."""

    __slots__ = ()

    def require(self, right: str, absolute: str) -> None:
        """Ask for looking what was asked for changing."""
        super().require(WRITE if right == READ else right, absolute)

    def root(self, right: str, absolute: str) -> str:
        """Start where writing starts."""
        return super().root(WRITE if right == READ else right, absolute)

    def allows(self, _right: str, _absolute: str) -> bool:
        """Hide nothing."""
        return True
