"""Say what the operating system said, in our errors: what, which path, and what to do next."""

# Works on path strings as the caller wrote them.
# ruff: noqa: PTH118, PTH208

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from llmspell.errors import (
    LlmspellError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ValidationError,
)
from llmspell.services.files_descend import find
from llmspell.services.files_guard import READ, Guard

if TYPE_CHECKING:
    from collections.abc import Iterator

_DENIED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL: Final = (errno.ENOSPC, errno.EFBIG, errno.EMFILE, errno.ENFILE, getattr(errno, "EDQUOT", errno.ENOSPC))
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
        return ResourceExhaustedError(f"cannot {verb} {path!r}: {os.strerror(code)}", context=context)
    if code == errno.ENAMETOOLONG:
        return ValidationError(f"cannot {verb} {path!r}: the path is too long", context=context)
    reason = "it leads through too many links" if code == errno.ELOOP else (error.strerror or str(error))
    return ResourceUnavailableError(
        f"cannot {verb} {path!r}: {reason}", suggestions=_ADVICE.get(code, ()), context=context
    )


_ADVICE: Final = {
    errno.EISDIR: ["It is a folder: list it, or name a file in it."],
    errno.ENOTDIR: ["A part of the path is a file, not a folder."],
    errno.ENOTEMPTY: ["The folder is not empty: ask for recursive removal."],
    errno.EEXIST: ["Choose another name, or overwrite it."],
    errno.EXDEV: ["The two places are on different file systems: copy, then remove."],
}


def wrong_kind(path: str, verb: str, kind: str, wanted: str) -> ResourceUnavailableError:
    """Say that `path` is of another kind than the verb needs."""
    advice = ["It is a folder: list it, or name a file in it."] if kind == "directory" else []
    name = {"directory": "a folder", "file": "a file", "link": "a link", "other": "a pipe, socket or device"}[kind]
    return ResourceUnavailableError(
        f"cannot {verb} {path!r}: it is {name}, not {wanted}",
        suggestions=advice,
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
    import difflib  # noqa: PLC0415 - only a mistake pays for it

    folder, name = os.path.split(path.rstrip("/"))
    try:
        with find(guard, (READ,), folder or ".") as spot:
            fd = os.open(spot.name, os.O_RDONLY, dir_fd=spot.fd)
            try:
                names = os.listdir(fd)[:_MAX_LISTED]
            finally:
                os.close(fd)
    except (OSError, LlmspellError):
        return ["Check the spelling, and the folder it starts from."]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    return [f"Did you mean {os.path.join(folder, one)!r}?" for one in near] or [
        "Check the spelling; list the folder to see its names."
    ]
