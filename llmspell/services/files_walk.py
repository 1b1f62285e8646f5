"""List folders and walk trees: never through a link, always in name order."""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH118

from __future__ import annotations

import logging
import os
import stat
from typing import TYPE_CHECKING

from llmspell.errors import PermissionDeniedError
from llmspell.services.files_descend import HAS_DIR_FD, NOFOLLOW, Spot, find
from llmspell.services.files_errors import wrong_kind
from llmspell.services.files_guard import READ, Guard, is_unfit
from llmspell.services.files_openat import CLOEXEC, FOLDER, open_listing
from llmspell.services.files_read import describe, kind_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from llmspell.spec.files import FileInfo

_log = logging.getLogger("llmspell.files")


def list_folder(guard: Guard, path: str) -> list[FileInfo]:
    """List a folder in name order; entries the grants deny are left out."""
    with find(guard, (READ,), path) as spot:
        _require_folder(spot, path, "list")
        fd = _open_listing(spot)
        try:
            return [describe(shown, info) for shown, info, _ in _entries(guard, fd, spot.path, path)]
        finally:
            _close(fd)


def walk_tree(guard: Guard, path: str, depth: int | None = None) -> Generator[FileInfo]:
    """Yield what lies below a folder, a folder before its contents; `depth` 1 is the folder's own entries.

    Only the top folder stays open: each folder below is opened from it without following links, so a deep tree needs no
    more descriptors than a flat one. A folder that cannot be listed is yielded and named in the log; one that goes away
    meanwhile is passed over.
    """
    with find(guard, (READ,), path) as spot:
        _require_folder(spot, path, "walk")
        top = _open_listing(spot)
        try:
            yield from _below(guard, top, spot.path, path, depth)
        finally:
            _close(top)


def _below(guard: Guard, top: int | str, absolute: str, shown: str, depth: int | None) -> Iterator[FileInfo]:
    parts: list[str] = []
    waiting = [iter(_entries(guard, top, absolute, shown))]
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
            del parts[-1:]
            continue
        name, info, raw = entry
        yield describe(name, info)
        if stat.S_ISDIR(info.st_mode) and (depth is None or len(waiting) < depth):
            parts.append(raw)
            waiting.append(iter(_entries_below(guard, top, parts, os.path.join(absolute, *parts), name)))


def _entries_below(
    guard: Guard, top: int | str, parts: Sequence[str], absolute: str, shown: str
) -> list[tuple[str, os.stat_result, str]]:
    fd: int | str | None = None
    try:
        fd = _open_from(top, parts)
        return _entries(guard, fd, absolute, shown) if fd is not None else []
    except FileNotFoundError:
        return []
    except OSError as error:
        _log.warning("cannot list %s: %s", absolute, error.strerror)
        return []
    finally:
        if fd is not None:
            _close(fd)


def _entries(guard: Guard, fd: int | str, absolute: str, shown: str) -> list[tuple[str, os.stat_result, str]]:
    """Give (path as the caller would write it, lstat, name) of each entry that may be seen, in name order."""
    prefix = "" if shown in (".", "./") else shown if shown.endswith("/") else shown + "/"
    base = absolute if absolute.endswith(os.sep) else absolute + os.sep
    found = []
    with os.scandir(fd) as entries:
        for entry in entries:
            if not guard.allows(READ, base + entry.name):
                continue
            try:
                info = entry.stat(follow_symlinks=False)
                guard.require_ordinary(READ, base + entry.name, info.st_dev)
            except FileNotFoundError:
                continue  # went away since the folder was read
            except PermissionDeniedError:
                continue
            found.append((prefix + _printable(entry.name), info, entry.name))
    found.sort(key=lambda one: one[2])
    return found


def _printable(name: str) -> str:
    """Show the characters that a name may not hold as escapes: such a file is seen, though it cannot be asked for."""
    if name.isprintable():
        return name
    return "".join(one.encode("unicode_escape").decode() if is_unfit(one) else one for one in name)


def _require_folder(spot: Spot, path: str, verb: str) -> None:
    kind = kind_of(spot.require().st_mode)
    if kind != "directory":
        raise wrong_kind(path, verb, kind, "a folder")


def _open_listing(spot: Spot) -> int | str:
    if not HAS_DIR_FD:
        return spot.name
    return os.open(spot.name, os.O_RDONLY | FOLDER | NOFOLLOW | CLOEXEC, dir_fd=spot.fd)


def _open_from(top: int | str, parts: Sequence[str]) -> int | str | None:
    """Open a folder below the top one for listing; None when a link has taken its place."""
    return os.path.join(top, *parts) if isinstance(top, str) else open_listing(top, parts)


def _close(fd: int | str) -> None:
    if isinstance(fd, int):
        os.close(fd)
