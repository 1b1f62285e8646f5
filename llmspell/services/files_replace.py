"""Put a new file in the place of an old one: a temporary file beside it, fsync, rename, fsync of the folder."""

# Descriptor-relative calls have no pathlib form.
# ruff: noqa: PTH118

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from llmspell.services.files_descend import HAS_DIR_FD, NOFOLLOW
from llmspell.services.files_errors import refuse_folder_name, wrong_kind
from llmspell.services.files_openat import CLOEXEC
from llmspell.services.files_read import kind_of

if TYPE_CHECKING:
    from llmspell.services.files_descend import Spot

_NO_HARD_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links, or with no more of them, say; and Linux of a folder."""

ACCESS: Final = 0o777
"""The bits of a mode that say who may do what; a new file gets no others (setuid, setgid, sticky) from an old one."""

_TEMP_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | NOFOLLOW | CLOEXEC | getattr(os, "O_BINARY", 0)


class Replacement:
    """Hold the new contents of a file until they are whole: write to `fd`, then `commit` or `discard`.

    The mode of a replaced file is kept. An error at any point, of fsync too, leaves the old file; after `discard` there
    is no temporary one.
    """

    __slots__ = ("_mode", "_spot", "_temporary", "fd")

    def __init__(self, spot: Spot, path: str, *, mode: int | None = None) -> None:
        if spot.name == ".":
            raise wrong_kind(path, "write", "directory", "a file")
        if spot.info is not None:
            if not stat.S_ISREG(spot.info.st_mode):
                raise wrong_kind(path, "write", kind_of(spot.info.st_mode), "a file")
            # A rename would replace a file that its owner made read-only; a write in place would not.
            if not os.access(spot.name, os.W_OK, dir_fd=spot.fd):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            mode = spot.info.st_mode & ACCESS
        refuse_folder_name(path)
        self._spot = spot
        self._mode = mode
        self._temporary = _temporary_name(spot.name)
        self.fd = os.open(self._temporary, _TEMP_FLAGS, 0o666, dir_fd=spot.fd)

    def commit(self, *, exclusive: bool) -> None:
        """Make the contents durable and give them the name; `exclusive` refuses one that is taken."""
        if hasattr(os, "fchmod"):
            self._keep_owner()
            if self._mode is not None:
                os.fchmod(self.fd, self._mode)  # after the owner: a change of that takes bits of the mode away
        os.fsync(self.fd)
        self._close()
        spot = self._spot
        if not exclusive:
            os.replace(self._temporary, spot.name, src_dir_fd=spot.fd, dst_dir_fd=spot.fd)
        else:
            take_free_name(spot.fd, self._temporary, spot.fd, spot.name)
        sync_folder(spot.fd)

    def _keep_owner(self) -> None:
        """Give the new file to whom the old one belongs, where we may: else it is the writer's, as any new file."""
        old = self._spot.info
        if old is None:
            return
        own = os.fstat(self.fd)
        if (old.st_uid, old.st_gid) != (own.st_uid, own.st_gid):
            with suppress(PermissionError):
                os.fchown(self.fd, old.st_uid, old.st_gid)

    def discard(self) -> None:
        """Remove what was written, if it has not taken its place."""
        self._close()
        with suppress(FileNotFoundError):
            os.unlink(self._temporary, dir_fd=self._spot.fd)

    def close(self) -> None:
        """Let go of the folder too; `begin_file` opened it for this file alone."""
        self._close()
        self._spot.close()

    def _close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def take_free_name(old_folder: int | None, old: str, new_folder: int | None, new: str) -> None:
    """Rename to a name that must be free: `FileExistsError` when it is taken, by this very moment too.

    A hard link fails on a name that is taken, which a rename would not. Where there are none (FAT; folders) the name is
    looked at just before.
    """
    if HAS_DIR_FD:
        try:
            os.link(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
        else:
            _give_up(old_folder, old, new_folder, new)
            return
        if _is_taken(new_folder, new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(old, new, src_dir_fd=old_folder, dst_dir_fd=new_folder)  # Windows refuses a taken name by itself


def _give_up(old_folder: int | None, old: str, new_folder: int | None, new: str) -> None:
    """Remove the old one of two names of a file; when that fails, the new one, so that nothing was done."""
    try:
        os.unlink(old, dir_fd=old_folder)
    except BaseException:
        os.unlink(new, dir_fd=new_folder)
        raise


def _is_taken(folder: int | None, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _temporary_name(name: str) -> str:
    """Name a hidden neighbour that nobody can guess, short enough for any file system."""
    folder, last = os.path.split(name)
    short = last.encode()[:40].decode(errors="ignore")
    return os.path.join(folder, f".{short}.{os.urandom(6).hex()}.tmp")


def sync_folder(fd: int | None) -> None:
    """Make a rename survive a power loss. The folder is opened again for it: O_PATH descriptors cannot be synced.

    One that may be written but not read cannot be synced at all; what was done in it is done, and no error.
    """
    if fd is None:
        return  # Windows has no such call
    try:
        folder = os.open(".", os.O_RDONLY | CLOEXEC, dir_fd=fd)
    except PermissionError:
        return
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
