"""One process for each file: a lock of the operating system, which ends with the process whatever happens."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from llmspell.spec.context import Context

ASK_AGAIN = 0.1
"""Seconds between two tries to open a store that another process has open."""

LONGEST_NUMBER = 20
"""Digits of a process number, with room to spare."""

PLACE = 1024
"""Windows forbids reading what is locked: the locked byte lies behind the number of the process."""

if sys.platform == "win32":
    import msvcrt

    def hold(file: IO[bytes], *, place: int = PLACE, shared: bool = False) -> None:  # noqa: ARG001 - none is shared
        """Lock a file until it is closed: its byte at `place`."""
        file.seek(place)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def hold(file: IO[bytes], *, place: int = PLACE, shared: bool = False) -> None:  # noqa: ARG001 - the whole file
        """Lock a file until it is closed; raises `BlockingIOError`, on Windows `PermissionError`, when it is taken."""
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def make_private(path: Path) -> None:
    """Make an empty file for its owner alone, unless there is one; raises `OSError` when it cannot be written."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def seize(path: Path, process: int) -> IO[bytes]:
    """Lock `<path>.lock` for this process, whose number it tells to others; closing what is given ends the lock.

    The lock file stays behind: removing it would race with whoever opens it at that moment. Raises `StorageError` when
    somebody has the lock, and `OSError` when there can be none.
    """
    name = path.with_name(path.name + ".lock")
    make_private(name)
    file = name.open("a+b", buffering=0)
    try:
        try:
            hold(file)
        except (BlockingIOError, PermissionError) as error:  # POSIX and Windows
            raise _taken(path, file, process) from error
        file.truncate(0)
        file.write(str(process).encode())
    except BaseException:
        file.close()
        raise
    return file


def _taken(path: Path, file: IO[bytes], process: int) -> StorageError:
    file.seek(0)
    holder = file.read(LONGEST_NUMBER).decode(errors="replace") or "of unknown number"
    who = "this process" if holder == str(process) else f"process {holder}"
    return StorageError(
        f"the store {path} is open in {who}",
        suggestions=["wait until it has ended, or give this one its own `[storage] path`"],
        context={"path": str(path), "process": holder},
    )


async def in_turn(attempt: Callable[[], Awaitable[None]], ctx: Context, wait: float) -> None:
    """Open a store that another process may have open: try again for `wait` seconds, until that one has ended.

    A store that this very process has open is told at once.
    """
    until = ctx.clock.monotonic() + wait
    while True:
        try:
            return await attempt()
        except StorageError as error:
            holder = error.context.get("process", "")
            if holder in ("", str(os.getpid())) or ctx.clock.monotonic() >= until:
                raise
        await ctx.sleep(ASK_AGAIN)
