"""List folders, walk trees and compare what they looked like: never through a link, always in name order."""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH118

from __future__ import annotations

import logging
import os
import stat
from typing import TYPE_CHECKING

from llmspell.services.files_descend import HAS_DIR_FD, NOFOLLOW, Spot, find
from llmspell.services.files_errors import wrong_kind
from llmspell.services.files_guard import READ, Guard, is_unfit
from llmspell.services.files_openat import CLOEXEC, FOLDER, open_folder
from llmspell.services.files_read import describe, kind_of
from llmspell.spec.files import FileChange, FileInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

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
    waiting: list[tuple[tuple[str, ...], Iterator[tuple[str, os.stat_result, str]]]] = []
    waiting.append(((), iter(_entries(guard, top, absolute, shown))))
    while waiting:
        parts, entries = waiting[-1]
        entry = next(entries, None)
        if entry is None:
            waiting.pop()
            continue
        name, info, raw = entry
        yield describe(name, info)
        if stat.S_ISDIR(info.st_mode) and (depth is None or len(waiting) < depth):
            below = (*parts, raw)
            waiting.append((below, iter(_entries_below(guard, top, below, os.path.join(absolute, *below), name))))


def _entries_below(
    guard: Guard, top: int | str, parts: tuple[str, ...], absolute: str, shown: str
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
            except FileNotFoundError:
                continue  # went away since the folder was read
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


def _open_from(top: int | str, parts: tuple[str, ...]) -> int | str | None:
    """Open a folder below the top one for listing; None when a link has taken its place."""
    if isinstance(top, str):
        return os.path.join(top, *parts)
    folder = open_folder(top, parts[:-1])
    if folder is None:
        return None
    try:
        return os.open(parts[-1], os.O_RDONLY | FOLDER | NOFOLLOW | CLOEXEC, dir_fd=folder)
    finally:
        os.close(folder)


def _close(fd: int | str) -> None:
    if isinstance(fd, int):
        os.close(fd)


def snapshot(guard: Guard, path: str, *, recursive: bool) -> dict[str, FileInfo]:
    """Tell what a tree (or one file) looks like now."""
    with find(guard, (READ,), path) as spot:
        info = spot.require()
    if not stat.S_ISDIR(info.st_mode):
        return {path: describe(path, info)}
    return {one.path: one for one in walk_tree(guard, path, None if recursive else 1)}


def compare(old: Mapping[str, FileInfo], new: Mapping[str, FileInfo]) -> list[FileChange]:
    """Tell what changed between two looks, in path order; a folder is modified only by its mode: its entries speak."""
    changes = [FileChange("deleted", path) for path in old.keys() - new.keys()]
    changes += [FileChange("added", path) for path in new.keys() - old.keys()]
    changes += [
        FileChange("modified", path) for path in old.keys() & new.keys() if _mark(old[path]) != _mark(new[path])
    ]
    return sorted(changes, key=lambda one: one.path)


def _mark(info: FileInfo) -> tuple[object, ...]:
    return (info.kind, info.mode) if info.kind == "directory" else info[1:]
