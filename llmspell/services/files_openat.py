"""Open a folder below another one without following any link: `openat2` on Linux, name by name elsewhere."""

from __future__ import annotations

import errno
import functools
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLOEXEC: Final = getattr(os, "O_CLOEXEC", 0)
FOLDER: Final = getattr(os, "O_DIRECTORY", 0)
NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
NONBLOCK: Final = getattr(os, "O_NONBLOCK", 0)
LOOKUP: Final = getattr(os, "O_PATH", getattr(os, "O_SEARCH", os.O_RDONLY))
"""Open a folder to look things up in it: needs no right to list it where the system can tell the two apart."""

# From linux/openat2.h and the system call table, where 437 is its number on every architecture but alpha.
_OPENAT2: Final = 437
_AT_FDCWD: Final = -100
_RESOLVE_NO_MAGICLINKS: Final = 0x02
_RESOLVE_NO_SYMLINKS: Final = 0x04
_RESOLVE_BENEATH: Final = 0x08

_LONGEST: Final = 3500
"""Bytes of names given to the system at once: it takes paths of 4096, and trees are deeper than that."""


def open_folder(fd: int, parts: Sequence[str]) -> int | None:
    """Open `parts` below the folder `fd`; None when one is a link, `OSError` when one is missing or no folder."""
    if not parts:
        return os.dup(fd)
    kernel = kernel_open()
    if kernel is None:
        return open_by_name(fd, parts)
    path = os.fsencode("/".join(parts))
    return kernel(fd, path) if len(path) <= _LONGEST else _open_stepwise(kernel, fd, path)


def _open_stepwise(kernel: Callable[[int, bytes], int | None], fd: int, path: bytes) -> int | None:
    """Open a path that is too long for one call, as many names at a time as the system takes."""
    current: int | None = os.dup(fd)
    while path and current is not None:
        cut = len(path) if len(path) <= _LONGEST else path.rfind(b"/", 0, _LONGEST)
        try:
            following = kernel(current, path[:cut])
        finally:
            os.close(current)
        current, path = following, path[cut + 1 :]
    return current


def open_listing(fd: int, parts: Sequence[str]) -> int | None:
    """Open a folder below another one so that it can be listed; None when a link is on the way."""
    folder = open_folder(fd, parts[:-1])
    if folder is None:
        return None
    try:
        return os.open(parts[-1] if parts else ".", os.O_RDONLY | FOLDER | NOFOLLOW | CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)


def open_by_name(fd: int, parts: Sequence[str]) -> int | None:
    """Do the same on any POSIX system: open name after name with O_NOFOLLOW."""
    current = os.dup(fd)
    for part in parts:
        try:
            following = os.open(part, LOOKUP | FOLDER | NOFOLLOW | CLOEXEC, dir_fd=current)
        except OSError as error:
            # Linux says ENOTDIR of a link when a folder was asked for, BSD says ELOOP or EMLINK.
            if error.errno in (errno.ENOTDIR, errno.ELOOP, errno.EMLINK) and _may_be_link(part, current):
                return None
            raise
        finally:
            os.close(current)
        current = following
    return current


def _may_be_link(name: str, fd: int) -> bool:
    """Tell whether a name that was no folder is a link, or has changed since: then it may have been one."""
    try:
        mode = os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return True
    return stat.S_ISLNK(mode) or stat.S_ISDIR(mode)


@functools.cache
def kernel_open() -> Callable[[int, bytes], int | None] | None:
    """Give `openat2` for folders as a function, or None where the system lacks or forbids it."""
    call = _openat2(LOOKUP | FOLDER | CLOEXEC, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    if call is None:
        return None
    from ctypes import get_errno  # noqa: PLC0415 - a run that opens no file does not pay for it

    def openat2(fd: int, path: bytes) -> int | None:
        opened = call(fd, path)
        if opened >= 0:
            return opened
        code = get_errno()
        if code == errno.ELOOP:
            return None
        raise OSError(code, os.strerror(code), os.fsdecode(path))

    here = os.open(os.sep, LOOKUP | FOLDER | CLOEXEC)
    try:
        probe = openat2(here, b".")
    except OSError:
        return None
    finally:
        os.close(here)
    if probe is not None:
        os.close(probe)
    return openat2


@functools.cache
def kernel_read() -> Callable[[str], int] | None:
    """Give a function that opens an absolute path to read and meets no link from `/` on, or None where there is none.

    It gives a negative number when a link is on the way, and for every other fault: who wants to know walks.
    """
    call = _openat2(os.O_RDONLY | NOFOLLOW | CLOEXEC | NONBLOCK, _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    if call is None or kernel_open() is None:
        return None
    return lambda path: call(_AT_FDCWD, os.fsencode(path))


def _openat2(flags: int, resolve: int) -> Callable[[int, bytes], int] | None:
    """Give the system call with fixed flags: of a folder and a path it makes a descriptor, or -1 and `get_errno()`."""
    if not sys.platform.startswith("linux") or os.uname().machine == "alpha":
        return None
    import ctypes  # noqa: PLC0415 - a run that opens no file does not pay for it
    import struct  # noqa: PLC0415 - likewise

    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    call.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
    how = struct.pack("=QQQ", flags, 0, resolve)
    size = len(how)
    return lambda fd, path: call(_OPENAT2, fd, path, how, size)
