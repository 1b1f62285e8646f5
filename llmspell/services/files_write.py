"""Change files: whole and durable, or not at all."""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH103, PTH120

from __future__ import annotations

import errno
import os
import stat
from contextlib import nullcontext
from typing import TYPE_CHECKING

from llmspell.errors import ResourceUnavailableError
from llmspell.services.files_descend import Spot, find
from llmspell.services.files_errors import explained, refuse_folder_name
from llmspell.services.files_guard import READ, WRITE, Guard
from llmspell.services.files_read import chunks, open_regular
from llmspell.services.files_remove import remove_tree
from llmspell.services.files_replace import ACCESS, Replacement, sync_folder, take_free_name
from llmspell.services.files_walk import walk_tree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Event


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
    """Put new contents in the place of a file, whole or not at all."""
    new = Replacement(spot, path, mode=mode)
    try:
        for data in chunks:
            write_all(new.fd, data)
        new.commit(exclusive=exclusive)
    except BaseException:
        new.discard()
        raise


def begin_file(guard: Guard, path: str, *, exclusive: bool) -> Replacement:
    """Begin a file that will take the place of `path`; see `FileSystem.atomic`."""
    spot = find(guard, (WRITE,), path)
    try:
        if exclusive and spot.info is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        return Replacement(spot, path)
    except BaseException:
        spot.close()
        raise


def make_folder(guard: Guard, path: str, *, parents: bool) -> None:
    """Make a folder; with `parents` those above it too, and one that is there already is fine."""
    waiting, tried = [guard.absolute(path)], set()
    while waiting:  # not by calling itself: trees are deeper than that bears
        folder = waiting[-1]
        try:
            _make_one(guard, folder, fresh=not parents)
        except FileNotFoundError:
            if not parents or folder in tried:
                raise
            tried.add(folder)
            if folder != guard.root(WRITE, folder):
                waiting.append(os.path.dirname(folder))
                continue
            os.makedirs(folder, exist_ok=True)  # the user named this folder by granting it
        waiting.pop()


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
        _refuse_granted(guard, spot, path, "remove")
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(spot.name, dir_fd=spot.fd)
        elif recursive:
            _require_below(guard, path)
            remove_tree(spot.fd, spot.name)
        else:
            os.rmdir(spot.name, dir_fd=spot.fd)


def _refuse_granted(guard: Guard, spot: Spot, path: str, verb: str) -> None:
    if spot.name == "." or (stat.S_ISDIR(spot.require().st_mode) and guard.keeps(spot.path)):
        raise ResourceUnavailableError(
            f"cannot {verb} {path!r}: it is the granted folder itself", suggestions=[f"You may {verb} what lies in it."]
        )


def rename_file(guard: Guard, source: str, target: str, *, exclusive: bool = False) -> None:
    """Give a file or folder another name; a file that has the name already is replaced, as on POSIX."""
    with find(guard, (WRITE,), source, follow=False) as old, _target(guard, target, follow=False) as new:
        info = old.require()
        _refuse_granted(guard, old, source, "rename")
        if guard.allows(READ, new.path):
            guard.require(READ, old.path)  # else a rename would make readable what is not
        if stat.S_ISDIR(info.st_mode):
            _require_below(guard, source, new.path)
        else:
            refuse_folder_name(target)
        if not stat.S_ISREG(info.st_mode) and guard.holds_grants(new.path):
            raise ResourceUnavailableError(
                f"cannot rename {source!r} to {target!r}: the new name is the way to a granted path",
                suggestions=["Make a folder of that name, and move into it what the other one holds."],
            )
        with explained(guard, target, "write") if new.info is not None else nullcontext():
            _rename(old, new, exclusive=exclusive)
        sync_folder(new.fd)


def _rename(old: Spot, new: Spot, *, exclusive: bool) -> None:
    """Rename; of folders, a name that is taken at this very moment may be missed."""
    if not exclusive:
        os.replace(old.name, new.name, src_dir_fd=old.fd, dst_dir_fd=new.fd)
    elif new.info is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new.path)
    else:
        take_free_name(old.fd, old.name, new.fd, new.name)


def _target(guard: Guard, path: str, *, follow: bool = True) -> Spot:
    """Find the second path of a verb; what is wrong with it is said of it, not of the first."""
    with explained(guard, path, "write"):
        return find(guard, (WRITE,), path, follow=follow)


def copy_file(guard: Guard, source: str, target: str, stop: Event, *, exclusive: bool = False) -> None:
    """Copy a file's contents and mode; the target appears whole or not at all."""
    with find(guard, (READ,), source) as old, _target(guard, target) as new:
        if exclusive and new.info is not None:
            with explained(guard, target, "write"):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        fd = open_regular(old, source, "r", "copy")
        try:
            mode = os.fstat(fd).st_mode & ACCESS  # not setuid: as with cp, a copy has that from nobody
            _replace(new, target, chunks(fd, stop), mode=mode, exclusive=exclusive)
        finally:
            os.close(fd)


def _require_below(guard: Guard, path: str, target: str = "") -> None:
    """Refuse what would move or remove a path below that the grants deny (a rule may deny a part of a granted tree).

    `target` is the absolute path that a move gives the tree: nothing may appear below it where nothing may be written.
    """
    seeing = _Seeing(guard.grants, guard.working, guard.who, guard.kept)
    seeing.own = guard.own
    start = len(guard.absolute(path))
    for one in walk_tree(seeing, path):
        below = guard.absolute(one.path)
        guard.require(WRITE, below)
        if not target:
            continue
        moved = target + below[start:]
        guard.require(WRITE, moved)
        if guard.allows(READ, moved):
            guard.require(READ, below)  # as of the tree itself: no rename makes readable what is not


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
