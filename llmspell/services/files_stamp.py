"""Set the times and the mode of a file: never a mode that gives away more than reading, writing and running it."""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH101

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmspell.errors import ValidationError
from llmspell.services.files_descend import NOFOLLOW, find
from llmspell.services.files_errors import refuse_several_names, wrong_kind
from llmspell.services.files_guard import WRITE
from llmspell.services.files_openat import CLOEXEC, NONBLOCK
from llmspell.services.files_read import kind_of
from llmspell.services.files_replace import ACCESS

if TYPE_CHECKING:
    from llmspell.services.files_guard import Guard


def stamp_file(guard: Guard, path: str, *, modified_ns: int | None, mode: int | None) -> None:
    """Set when a file or folder was last modified, and its mode; see `FileSystem.stamp`."""
    if mode is not None and mode & ~ACCESS:
        raise ValidationError(
            f"the mode {mode:o} of {path!r} is more than reading, writing and running",
            suggestions=["Use three octal digits: 644, 755, ..."],
        )
    with find(guard, (WRITE,), path) as spot:
        info = spot.require()
        kind = kind_of(info.st_mode)
        if kind not in ("file", "directory"):
            raise wrong_kind(path, "stamp", kind, "a file or folder")
        times = None if modified_ns is None else (info.st_atime_ns, modified_ns)
        if spot.fd is None:
            _by_path(spot.name, times, mode)
            return
        # The descriptor is what was checked: a name could be given to a link between two calls.
        fd = os.open(spot.name, os.O_RDONLY | NOFOLLOW | CLOEXEC | NONBLOCK, dir_fd=spot.fd)
        try:
            _by_descriptor(fd, path, times, mode)
        finally:
            os.close(fd)


def _by_descriptor(fd: int, path: str, times: tuple[int, int] | None, mode: int | None) -> None:
    info = os.fstat(fd)
    kind = kind_of(info.st_mode)
    if kind not in ("file", "directory"):
        raise wrong_kind(path, "stamp", kind, "a file or folder")
    refuse_several_names(path, "stamp", info)
    if times is not None:
        os.utime(fd, ns=times)
    if mode is not None:
        os.fchmod(fd, mode)


def _by_path(name: str, times: tuple[int, int] | None, mode: int | None) -> None:
    if times is not None:
        os.utime(name, ns=times)
    if mode is not None:
        os.chmod(name, mode)
