"""Tell what changes in a tree: the system says when to look, a look through the guard says what changed.

What is told is always the difference of two looks, so it is the same whether the system tells of changes (the extra
`watch`) or the tree is looked at every so often: nothing the grants deny, nothing behind a link, no temporary name that
came and went, and no change lost when the system's queue runs over. On Linux each folder is watched by itself: a
watcher asked for a whole tree would follow the links in it, out of the grant and into `/`.
"""

# Works on path strings as the caller wrote them.
# ruff: noqa: PTH118, PTH120

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from llmspell.errors import ResourceUnavailableError
from llmspell.services.files_descend import find
from llmspell.services.files_errors import explained
from llmspell.services.files_guard import READ, Guard
from llmspell.services.files_read import describe
from llmspell.services.files_walk import walk_tree
from llmspell.spec.files import FileChange, FileInfo
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

_log = logging.getLogger("llmspell.files")

LONGEST: Final = 10
"""Intervals after which a batch is told even though changes go on."""

_STEP: Final = 0.05
"""Seconds between two looks of the thread at its stop sign."""

_LOOK_ANYWAY: Final = 5.0
"""Seconds after which to look unasked: network file systems tell nobody of what other machines change."""

_LOOK_SHARE: Final = 20
"""A look unasked waits this many times as long as the last one took: a huge tree is looked at less often."""

FOLDER_BY_FOLDER: Final = sys.platform.startswith("linux")
"""Each folder is watched by itself; elsewhere the system watches whole trees, and follows no link in them."""


class Notices(Protocol):
    """The system's word that something happened in some folders."""

    async def wait(self, *, quiet: float, timeout: float) -> None:
        """Return when something happened and then nothing more for `quiet` seconds, or after `timeout` seconds."""
        ...

    async def aclose(self) -> None:
        """End the watching and every thread it needs."""
        ...


if TYPE_CHECKING:
    Notify = Callable[[Sequence[str], bool], Notices]


class SystemNotices:
    """Wait for inotify, FSEvents or their like, by watchfiles; folders are watched from the moment this is made.

    `aclose` must be called: a thread of its own waits here, because watches are many and long and the threads for
    files few.
    """

    def __init__(self, folders: Sequence[str], recursive: bool) -> None:  # noqa: FBT001 - a factory's signature
        from watchfiles._rust_notify import RustNotify  # noqa: PLC0415 - the extra `watch`

        # No polling by watchfiles, and folders we may not open are no reason to give up the others.
        self._notify = RustNotify(list(folders), False, False, 0, recursive, True)  # noqa: FBT003 - its signature
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llmspell-watch")

    async def wait(self, *, quiet: float, timeout: float) -> None:
        """Wait in the thread; a cancelled caller leaves it to `aclose`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._wait, quiet, timeout)

    def _wait(self, quiet: float, longest: float) -> None:
        if not self._happens(longest):
            return
        end = time.monotonic() + LONGEST * quiet
        while time.monotonic() < end and self._happens(quiet):
            continue

    def _happens(self, seconds: float) -> bool:
        """Tell whether something happens within some seconds."""
        step = max(1, round(min(_STEP, seconds) * 1000))
        found = self._notify.watch(step, step, max(1, round(seconds * 1000)), self._stop)
        return isinstance(found, set)

    async def aclose(self) -> None:
        """End the thread, which takes a step at most, then the watching."""
        self._stop.set()
        await in_thread(self._thread.shutdown)
        self._notify.close()


class Look(NamedTuple):
    """What a tree (or one file) looked like: the path that was checked, and all that is in it under its shown path."""

    top: str
    seen: Mapping[str, FileInfo]


_GONE: Final = Look("", {})


class Watch:
    """Watch one path for one caller.

    guard      what may be looked at
    path       folder or file, as the caller writes it
    interval   seconds without a change that end a batch; without notices, also between two looks
    notify     makes `Notices` of folders, None to look every `interval` seconds instead
    """

    def __init__(
        self,
        guard: Guard,
        path: str,
        *,
        recursive: bool,
        interval: float,
        sleep: Callable[[float], Awaitable[None]],
        notify: Notify | None,
    ) -> None:
        self._guard = guard
        self._path = path
        self._recursive = recursive
        self._interval = interval
        self._sleep = sleep
        self._notify = notify
        self._notices: Notices | None = None
        self._watched: frozenset[tuple[str, int, int]] = frozenset()
        self._took = 0.0

    async def batches(self) -> AsyncGenerator[Sequence[FileChange]]:
        """Yield an empty batch when the watch has begun, then changes until the caller stops."""
        try:
            told = await self._keep_up(await self._look())
            yield ()
            while True:
                now = await self._next(told)
                changes = compare(told.seen, now.seen)
                told = now
                if changes:
                    yield changes
        finally:
            await self._forget()

    async def _next(self, told: Look) -> Look:
        """Wait and look: when the system says so, else when two looks agree again."""
        if self._notices is not None:
            await self._notices.wait(quiet=self._interval, timeout=max(_LOOK_ANYWAY, _LOOK_SHARE * self._took))
            return await self._keep_up(await self._look_again())
        await self._sleep(self._interval)
        now = await self._look_again()
        for _ in range(LONGEST):
            if not compare(told.seen, now.seen):
                break
            await self._sleep(self._interval)
            before, now = now, await self._look_again()
            if not compare(before.seen, now.seen):
                break
        return await self._keep_up(now)

    async def _look(self) -> Look:
        started = time.perf_counter()
        with explained(self._guard, self._path, "watch"):
            look: Look = await in_thread(take_look, self._guard, self._path, self._recursive)
        self._took = time.perf_counter() - started
        return look

    async def _look_again(self) -> Look:
        try:
            return await self._look()
        except ResourceUnavailableError:
            return _GONE  # everything in it was deleted, and it may come back

    async def _keep_up(self, look: Look) -> Look:
        """Watch the folders that are there now, and give a look taken since they are watched."""
        while self._notify is not None:
            folders = _folders(look, recursive=self._recursive)
            if folders == self._watched:
                break
            await self._begin(self._notify, folders)
            look = await self._look_again()
        return look

    async def _begin(self, notify: Notify, folders: frozenset[tuple[str, int, int]]) -> None:
        """Watch other folders than before; where the system cannot, look every so often from now on."""
        old, self._notices = self._notices, None
        try:
            if folders:
                names = sorted(name for name, _, _ in folders)
                self._notices = await in_thread(notify, names, self._recursive and not FOLDER_BY_FOLDER)
            self._watched = folders
        except ImportError:
            self._notify = None
        except (OSError, RuntimeError) as error:
            self._notify = None
            text = "the system tells of no changes in %s (%s): looking every %s seconds instead"
            _log.warning(text, self._path, error, self._interval)
        finally:
            if old is not None:
                await old.aclose()

    async def _forget(self) -> None:
        if self._notices is not None:
            await self._notices.aclose()


def take_look(guard: Guard, path: str, recursive: bool) -> Look:  # noqa: FBT001 - called by a thread
    """Look at a tree (or one file), itself included."""
    with find(guard, (READ,), path) as spot:
        info, top = describe(path, spot.require()), spot.path
    seen = {path: info}
    if info.kind == "directory":
        seen |= {one.path: one for one in walk_tree(guard, path, None if recursive else 1)}
    return Look(top, seen)


def compare(old: Mapping[str, FileInfo], new: Mapping[str, FileInfo]) -> list[FileChange]:
    """Tell what changed between two looks, in path order; a folder is modified only by its mode: its entries speak."""
    changes = [FileChange("deleted", path) for path in old.keys() - new.keys()]
    changes += [FileChange("added", path) for path in new.keys() - old.keys()]
    changes += [
        FileChange("modified", path) for path in old.keys() & new.keys() if _mark(old[path]) != _mark(new[path])
    ]
    return sorted(changes, key=lambda one: one.path)


def _mark(info: FileInfo) -> tuple[object, ...]:
    if info.kind == "directory":
        return (info.kind, info.mode)
    # Not `accessed`: reading a file changes nothing.
    return (info.kind, info.mode, info.size, info.modified_ns, info.changed_ns, info.inode, info.device)


def _folders(look: Look, *, recursive: bool) -> frozenset[tuple[str, int, int]]:
    """Give what to watch: absolute path, device and inode (a folder made anew under an old name is another one)."""
    if not look.seen:
        return frozenset()
    shown, info = next(iter(look.seen.items()))
    if info.kind != "directory":
        # Watched by its folder, since one that is replaced is another file; only looks at the file itself are told.
        return frozenset({(os.path.dirname(look.top), 0, 0)})
    folders = {(look.top, info.device, info.inode)}
    if recursive and FOLDER_BY_FOLDER:
        start = 0 if shown in (".", "./") else len(shown.rstrip("/")) + 1
        folders |= {
            (os.path.join(look.top, one.path[start:]), one.device, one.inode)
            for one in look.seen.values()
            if one.kind == "directory" and one.path != shown
        }
    return frozenset(folders)
