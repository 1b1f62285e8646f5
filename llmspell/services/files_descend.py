"""Walk from a granted folder to a file so that no symbolic link, swapped in at any moment, leads out of the grant.

The kernel opens each folder with `openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)` where Linux has it, and name by name
with `O_NOFOLLOW` elsewhere. A link met on the way is read, and the walk starts again at the path it names: that path
needs the right too, so what is opened is always the path that was checked. Windows has no descriptor-relative calls:
there the resolved path is checked once before use, which leaves a moment for a race.
"""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH117, PTH118, PTH119, PTH120, PTH206

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final, Self

from llmspell.services.files_guard import covers
from llmspell.services.files_openat import CLOEXEC, FOLDER, LOOKUP, NOFOLLOW, open_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.services.files_guard import Guard

MAX_LINKS: Final = 40
"""Links followed on one way, as in Linux."""

HAS_DIR_FD: Final = os.open in os.supports_dir_fd


class Spot:
    """Hold the folder of a file open while something is done to it; `os` calls take `name` and `dir_fd=spot.fd`.

    name   the last name, "." for the granted folder itself, a whole path where the platform has no descriptors
    path   the absolute path that was checked
    info   what `lstat` said, None when there is nothing of that name
    """

    __slots__ = ("fd", "info", "name", "path")

    def __init__(self, fd: int | None, name: str, path: str) -> None:
        self.fd = fd
        self.name = name
        self.path = path
        try:
            self.info: os.stat_result | None = os.stat(name, dir_fd=fd, follow_symlinks=False)
        except FileNotFoundError:
            self.info = None
        except BaseException:
            self.close()
            raise

    def require(self) -> os.stat_result:
        """Give what `lstat` said, or raise `FileNotFoundError`."""
        if self.info is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
        return self.info

    def close(self) -> None:
        """Let go of the folder."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find(guard: Guard, rights: Sequence[str], path: str, *, follow: bool = True) -> Spot:
    """Find the place of `path`, which need not exist; `follow` says whether a link of that name is followed.

    Raises `PermissionDeniedError` for the path or for what a link on its way names, and `OSError` as the system does.
    """
    absolute = guard.absolute(path)
    for _ in range(MAX_LINKS):
        for right in rights:
            guard.require(right, absolute)
        place = _step(guard.root(rights[0], absolute), absolute, follow=follow)
        if isinstance(place, Spot):
            _require_ordinary(guard, rights[0], place)
            return place
        absolute = guard.absolute(place)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _require_ordinary(guard: Guard, right: str, spot: Spot) -> None:
    """Refuse a place in a file system of the kernel itself; see `Guard.require_ordinary`."""
    try:
        if spot.info is not None:
            guard.require_ordinary(right, spot.path, spot.info.st_dev)
        elif spot.fd is not None:
            guard.require_ordinary(right, spot.path, os.fstat(spot.fd).st_dev)
    except BaseException:
        spot.close()
        raise


def _step(root: str, absolute: str, *, follow: bool) -> Spot | str:
    """Give the place, or the absolute path that a link on the way names."""
    if not HAS_DIR_FD:
        return _step_by_path(root, absolute, follow=follow)
    parts = [part for part in absolute[len(root) :].split(os.sep) if part]
    if not parts:
        return _root_spot(root)
    fd = os.open(root, LOOKUP | FOLDER | CLOEXEC)
    try:
        folder = open_folder(fd, parts[:-1])
        if folder is None:
            return _link_on_the_way(fd, root, parts)
    finally:
        os.close(fd)
    spot = Spot(folder, parts[-1], absolute)
    if follow and spot.info is not None and stat.S_ISLNK(spot.info.st_mode):
        with spot:
            return _target(root, os.path.dirname(absolute), os.readlink(spot.name, dir_fd=spot.fd), ())
    return spot


def _root_spot(root: str) -> Spot:
    """Give the place of the granted path itself: a folder is entered, a file found in its folder; links are trusted."""
    try:
        return Spot(os.open(root, LOOKUP | FOLDER | CLOEXEC), ".", root)
    except (FileNotFoundError, NotADirectoryError):
        real = os.path.realpath(root)
    return Spot(os.open(os.path.dirname(real), LOOKUP | FOLDER | CLOEXEC), os.path.basename(real), root)


def _link_on_the_way(fd: int, root: str, parts: Sequence[str]) -> str:
    """Find the first link among the folders and give the path it leads to."""
    for index in range(1, len(parts)):
        folder = open_folder(fd, parts[: index - 1])
        if folder is None:
            break  # swapped for a link just now: the next look finds it
        try:
            target = os.readlink(parts[index - 1], dir_fd=folder)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            continue  # no link
        finally:
            os.close(folder)
        return _target(root, os.path.join(root, *parts[: index - 1]), target, parts[index:])
    return os.path.join(root, *parts)


def _target(root: str, folder: str, target: str, rest: Sequence[str]) -> str:
    """Give the absolute path a link means; one that names the granted folder by its real name is put back under it."""
    absolute = os.path.normpath(os.path.join(folder, target, *rest))
    real = os.path.realpath(root).rstrip(os.sep)
    if os.path.isabs(target) and real not in (root, absolute) and covers(real, absolute):
        return root + absolute[len(real) :]
    return absolute


def _step_by_path(root: str, absolute: str, *, follow: bool) -> Spot | str:
    """Do the same with whole paths, for platforms without descriptor-relative calls."""
    folder, name = os.path.split(absolute)
    real_root, real = os.path.realpath(root), os.path.realpath(absolute if follow else folder)
    if not follow:
        real = os.path.join(real, name)
    inside = root + real[len(real_root) :] if covers(real_root, real) else real
    if os.path.normcase(inside) != os.path.normcase(absolute):
        return inside
    return Spot(None, real, absolute)


__all__ = ["HAS_DIR_FD", "MAX_LINKS", "NOFOLLOW", "Spot", "find"]
