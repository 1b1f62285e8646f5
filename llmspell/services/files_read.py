"""Read: contents, digests, and what is known of a file."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from llmspell.errors import ValidationError
from llmspell.services.files_descend import NOFOLLOW, Spot, find
from llmspell.services.files_errors import refuse_folder_name, refuse_several_names, too_large, wrong_kind
from llmspell.services.files_guard import READ, WRITE, Guard
from llmspell.services.files_machine import shows_the_machine
from llmspell.services.files_openat import CLOEXEC, NONBLOCK, kernel_read
from llmspell.spec.files import FileInfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event
    from typing import Literal, Protocol

    class Digest(Protocol):
        """What hashlib and blake3 have in common."""

        def update(self, data: bytes, /) -> object:
            """Take in more data."""
            ...

        def hexdigest(self) -> str:
            """Give the digest so far."""
            ...


CHUNK: Final = 1 << 20
_BINARY: Final = getattr(os, "O_BINARY", 0)
_FLAGS: Final = {
    "r": os.O_RDONLY,
    "w": os.O_WRONLY | os.O_CREAT,  # and emptied when it is known what it is
    "x": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
    "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "r+": os.O_RDWR,
}
RIGHTS: Final = {"r": (READ,), "w": (WRITE,), "x": (WRITE,), "a": (WRITE,), "r+": (READ, WRITE)}


def kind_of(mode: int) -> Literal["file", "directory", "link", "other"]:
    """Name the kind of a file from its mode."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "other"


def describe(path: str, info: os.stat_result) -> FileInfo:
    """Put what `stat` said into a `FileInfo`; the time of birth is used where the system tells it."""
    owned = os.name == "posix"
    return FileInfo(
        path,
        kind_of(info.st_mode),
        info.st_size,
        info.st_mtime,
        getattr(info, "st_birthtime", info.st_ctime),
        stat.S_IMODE(info.st_mode),
        info.st_atime,
        info.st_mtime_ns,
        info.st_ctime_ns,
        info.st_ino,
        info.st_dev,
        info.st_nlink,
        info.st_uid if owned else None,
        info.st_gid if owned else None,
    )


def open_regular(spot: Spot, path: str, mode: str, verb: str) -> int:
    """Open the file at a place; folders, pipes, sockets and devices are refused before and after, so nothing blocks."""
    if spot.info is not None and not stat.S_ISREG(spot.info.st_mode):
        raise wrong_kind(path, verb, kind_of(spot.info.st_mode), "a file")
    refuse_folder_name(path)
    # O_NONBLOCK: should a pipe be put there just now, opening it must not wait for its other end. It means nothing to
    # files.
    flags = _FLAGS[mode] | NOFOLLOW | CLOEXEC | NONBLOCK | _BINARY
    fd = os.open(spot.name, flags, 0o666, dir_fd=spot.fd)
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise wrong_kind(path, verb, kind_of(info.st_mode), "a file")
        if mode != "r":
            refuse_several_names(path, verb, info)
        if mode == "w":
            os.ftruncate(fd, 0)
    except BaseException:
        os.close(fd)
        raise
    return fd


def open_file(guard: Guard, path: str, mode: str) -> tuple[int, int]:
    """Open a file and give its descriptor and size."""
    if mode == "r" and (found := _open_straight(guard, path)) is not None:
        return found
    with find(guard, RIGHTS[mode], path) as spot:
        fd = open_regular(spot, path, mode, "open")
    return fd, os.fstat(fd).st_size


def _open_straight(guard: Guard, path: str) -> tuple[int, int] | None:
    """Open a file to which no link leads from `/` on, in one step; None for all that has to be walked to.

    Where there is no link, what is opened is the path that was checked. The step takes a third of the time of a walk.
    """
    straight = kernel_read()
    if straight is None or (absolute := guard.plainly(READ, path)) is None:
        return None
    try:
        if not stat.S_ISREG(os.lstat(absolute).st_mode):  # opening a pipe or a device does something
            return None
    except OSError:
        return None
    fd = straight(absolute)
    if fd < 0:
        return None
    info = os.fstat(fd)
    if stat.S_ISREG(info.st_mode) and not shows_the_machine(info.st_dev):
        return fd, info.st_size
    os.close(fd)
    return None


def read_all(fd: int, path: str, size: int, limit: int | None) -> bytes:
    """Read a descriptor to its end and close it; at most one byte more than `limit` is ever read.

    `size` is a hint: a file may grow, and those of /proc say 0.
    """
    try:
        if limit is not None and size > limit:
            raise too_large(path, limit, size)
        data = os.read(fd, min(size + 1, CHUNK))
        if len(data) == size and size:
            return data  # asked for more, the system gave no more: this is the end
        return _read_on(fd, path, data, limit)
    finally:
        os.close(fd)


def _read_on(fd: int, path: str, data: bytes, limit: int | None) -> bytes:
    parts = []
    total = 0
    while data:
        parts.append(data)
        total += len(data)
        if limit is not None and total > limit:
            raise too_large(path, limit)
        data = os.read(fd, CHUNK if limit is None else min(limit + 1 - total, CHUNK))
    return b"".join(parts)


def stat_file(guard: Guard, path: str, *, follow: bool = True) -> FileInfo:
    """Tell what is known of a file, of a link itself when it is not to be followed."""
    with find(guard, (READ,), path, follow=follow) as spot:
        return describe(path, spot.require())


def read_link(guard: Guard, path: str) -> str:
    """Give what a link names; what is no link is an error."""
    with find(guard, (READ,), path, follow=False) as spot:
        info = spot.require()
        if not stat.S_ISLNK(info.st_mode):
            raise wrong_kind(path, "read the link", kind_of(info.st_mode), "a link")
        return os.readlink(spot.name, dir_fd=spot.fd)


def exists(guard: Guard, path: str) -> bool:
    """Tell whether there is something of that name; a link that leads nowhere is nothing.

    The right to write tells as much: an exclusive write fails on what is there.
    """
    absolute = guard.absolute(path)
    right = WRITE if guard.allows(WRITE, absolute) and not guard.allows(READ, absolute) else READ
    try:
        with find(guard, (right,), path) as spot:
            return spot.info is not None
    except (FileNotFoundError, NotADirectoryError):
        return False


def digest(algorithm: str) -> Digest:
    """Give a fresh digest by name: those of hashlib with a fixed length, and blake3 where it is installed."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL

    name = algorithm.lower().replace("-", "_")
    name = {"sha_1": "sha1", "sha_224": "sha224", "sha_256": "sha256", "sha_384": "sha384", "sha_512": "sha512"}.get(
        name, name
    )
    known = {one for one in hashlib.algorithms_available if not one.startswith("shake")}
    if name == "blake3":
        try:
            from blake3 import blake3  # noqa: PLC0415 - optional
        except ImportError as error:
            raise ValidationError(
                "blake3 is not installed", suggestions=["Install the package blake3, or use blake2b."]
            ) from error
        made: Digest = blake3()
        return made
    if name not in known:
        raise ValidationError(
            f"{algorithm!r} is no digest this system knows", suggestions=[f"Use one of {', '.join(sorted(known))}."]
        )
    try:
        return hashlib.new(name, usedforsecurity=False)
    except ValueError as error:  # OpenSSL lists what its configuration then refuses
        raise ValidationError(
            f"this system's OpenSSL does not give {algorithm!r}", suggestions=["Use sha256 or blake2b."]
        ) from error


def chunks(fd: int, stop: Event) -> Iterator[bytes]:
    """Read a descriptor to its end; once `stop` is set, raise `InterruptedError`, which a cancelled caller never sees.

    A file may be larger than anybody has time for.
    """
    while data := os.read(fd, CHUNK):
        if stop.is_set():
            raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))
        yield data


def hash_descriptor(fd: int, sums: Digest, stop: Event) -> str:
    """Read a descriptor to its end, close it, and give the hexadecimal digest."""
    try:
        for data in chunks(fd, stop):
            sums.update(data)
        return sums.hexdigest()
    finally:
        os.close(fd)
