"""Say what the operating system said, in our errors: what, which path, and what to do next."""

# Works on path strings as the caller wrote them.
# ruff: noqa: PTH118

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

from llmspell.errors import (
    LlmspellError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ValidationError,
)
from llmspell.model.near import near_words
from llmspell.services.files_descend import HAS_DIR_FD, find
from llmspell.services.files_guard import READ, Guard
from llmspell.services.files_openat import CLOEXEC, FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.services.files_descend import Spot

_DENIED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL: Final = (errno.ENOSPC, errno.EFBIG, errno.EMFILE, errno.ENFILE, getattr(errno, "EDQUOT", errno.ENOSPC))
_SHOWN: Final = 100
"""Characters of a path in a message about its length."""

_MAX_LISTED: Final = 2000
"""Names looked at for a suggestion; a huge folder is not read for one."""


@contextmanager
def explained(guard: Guard, path: str, verb: str) -> Iterator[None]:
    """Turn every `OSError` of the block into an error that names `path` and what was tried (`verb`)."""
    try:
        yield
    except OSError as error:
        raise explain(guard, path, verb, error) from error


def explain(guard: Guard, path: str, verb: str, error: OSError) -> LlmspellError:
    """Give the error that says what `error` means for `path`."""
    code = error.errno or 0
    context: dict[str, object] = {"path": path, "verb": verb, "errno": errno.errorcode.get(code, code)}
    if code == errno.ENOENT:
        return ResourceUnavailableError(
            f"cannot {verb} {path!r}: there is no such file or folder",
            suggestions=_nearest(guard, path),
            context=context,
        )
    if code in _DENIED:
        return PermissionDeniedError(
            f"cannot {verb} {path!r}: the operating system refuses ({os.strerror(code)})",
            suggestions=["Check the owner and mode of the file and of its folder."],
            context=context,
        )
    if code in _FULL:
        return ResourceExhaustedError(
            f"cannot {verb} {path!r}: {os.strerror(code)}",
            suggestions=_ADVICE.get(code, ["Free some space on the disk, or use another one."]),
            context=context,
        )
    if code == errno.ENAMETOOLONG:
        return ValidationError(
            f"cannot {verb} {shortened(path)}: the path is too long",
            suggestions=["Use shorter names, or start from a folder further down."],
            context=context,
        )
    reason = "it leads through too many links" if code == errno.ELOOP else (error.strerror or str(error))
    return ResourceUnavailableError(
        f"cannot {verb} {path!r}: {reason}",
        suggestions=_ADVICE.get(code, ["Look at what is there, and try again."]),
        context=context,
    )


_ADVICE: Final = {
    errno.EISDIR: ["It is a folder: list it, or name a file in it."],
    errno.ENOTDIR: ["A part of the path is a file, not a folder."],
    errno.ENOTEMPTY: ["The folder is not empty: ask for recursive removal."],
    errno.EEXIST: ["Choose another name, or overwrite it."],
    errno.EXDEV: ["The two places are on different file systems: copy, then remove."],
    errno.ELOOP: ["Name the file that the links lead to."],
    errno.EIO: ["The disk or the network file system is at fault: look at the system's log."],
    errno.EFBIG: ["The system allows no larger files here: see the limit of file sizes (ulimit -f)."],
    errno.EMFILE: ["Too many files are open at once: do less side by side, or raise the limit (ulimit -n)."],
    errno.ENFILE: ["The whole system has too many files open: try again later."],
}


def shortened(path: str) -> str:
    """Quote a path for a message that has to end some time."""
    return repr(path) if len(path) <= _SHOWN else f"{path[:_SHOWN]!r}..."


def refuse_folder_name(path: str) -> None:
    """Raise `ValidationError` for a path that can only be a folder's: a file is not to be made, or taken, for it."""
    if path.endswith(("/", "/.")):
        raise ValidationError(
            f"{path!r} ends as only a folder's path does, and a file is meant",
            suggestions=["Name the file itself: remove the slash, or add a name after it."],
            context={"path": path},
        )


def refuse_several_names(path: str, verb: str, info: os.stat_result) -> None:
    """Raise `ResourceUnavailableError` for a file that has other names (hard links): they may lie outside of a grant.

    A new file in its place is no such thing, so an atomic write is not refused.
    """
    if stat.S_ISREG(info.st_mode) and info.st_nlink > 1:
        raise ResourceUnavailableError(
            f"cannot {verb} {path!r} in place: the file has {info.st_nlink} names, and all of them would change",
            suggestions=["Write it anew (atomically), which leaves the file of the other names as it is."],
            context={"path": path, "verb": verb, "links": info.st_nlink},
        )


_KIND_ADVICE: Final = {
    ("directory", "a file"): "It is a folder: list it, or name a file in it.",
    ("file", "a folder"): "It is a file: read it, or name the folder that it is in.",
}


def wrong_kind(path: str, verb: str, kind: str, wanted: str) -> ResourceUnavailableError:
    """Say that `path` is of another kind than the verb needs."""
    advice = _KIND_ADVICE.get((kind, wanted), "Name " + wanted + ".")
    name = {"directory": "a folder", "file": "a file", "link": "a link", "other": "a pipe, socket or device"}[kind]
    return ResourceUnavailableError(
        f"cannot {verb} {path!r}: it is {name}, not {wanted}",
        suggestions=[advice],
        context={"path": path, "verb": verb, "kind": kind},
    )


def too_large(path: str, limit: int, size: int | None = None) -> ResourceExhaustedError:
    """Say that a file holds more than the caller wanted to read."""
    holds = "more" if size is None else f"{size} bytes"
    return ResourceExhaustedError(
        f"cannot read {path!r}: it holds {holds}, the limit is {limit} bytes",
        suggestions=["Raise the limit, or read a part of the file."],
        context={"path": path, "limit": limit, "size": size},
    )


def _nearest(guard: Guard, path: str) -> list[str]:
    """Suggest existing names like the missing one, as far as the caller may list them."""
    folder, name = os.path.split(path.rstrip("/"))
    try:
        with find(guard, (READ,), folder or ".") as spot:
            names = _seen(guard, spot)
    except (OSError, LlmspellError):
        return ["Check the spelling, and the folder it starts from."]
    near = near_words(name, names, n=3, cutoff=0.6)
    return [f"Did you mean {os.path.join(folder, one)!r}?" for one in near] or [
        "Check the spelling; list the folder to see its names."
    ]


def _seen(guard: Guard, spot: Spot) -> list[str]:
    """Give names in a folder that the caller may see: a suggestion must not tell of a file that a rule hides."""
    fd = os.open(spot.name, os.O_RDONLY | FOLDER | CLOEXEC, dir_fd=spot.fd) if HAS_DIR_FD else spot.name
    try:
        with os.scandir(fd) as entries:
            names = [entry.name for entry in islice(entries, _MAX_LISTED)]
    finally:
        if isinstance(fd, int):
            os.close(fd)
    return [one for one in names if one.isprintable() and guard.allows(READ, os.path.join(spot.path, one))]
