"""Stores on an ordered key-value library: reads at once on the caller's thread, writes in groups on another."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from llmspell.errors import StorageError
from llmspell.spec.storage_backup import backup_pairs, unwritable, verified_backup, written_backup
from llmspell.spec.storage_library import HEADER, NAME, VERSION, Changes, check_header, sealed, unsealed
from llmspell.spec.storage_lock import in_turn, seize
from llmspell.spec.storage_scan import scanned, upper
from llmspell.spec.storage_warm import Warm
from llmspell.spec.storage_watch import Watchers
from llmspell.spec.storage_writer import PUT, WORK, Job, Outcome, Writer
from llmspell.spec.storages import (
    StorageLimits,
    StorageStats,
    check_verbs,
    conflict,
    counted,
    encoded,
    fitting,
    merged,
    only_puts,
)
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.spec.context import Context
    from llmspell.spec.storage_library import Library, View
    from llmspell.spec.storages import Operation

T = TypeVar("T")

CACHE = 4 << 20
"""Bytes of values kept in memory, unless the configuration says otherwise."""


class Live(NamedTuple):
    """What an open store works with."""

    writer: LibraryWriter
    library: Library
    path: Path
    warm: Warm


class LibraryWriter(Writer):
    """Commit what waits as one write of a library."""

    def __init__(self, library: Library, path: Path, warm: Warm) -> None:
        self._library = library
        self._warm = warm
        super().__init__(path)

    def commit(self, jobs: list[Job]) -> list[Outcome] | None:
        """Do jobs in one write; None when it could not be made, and `last` says why."""
        changes: dict[bytes, bytes | None] = {}
        outcomes: list[Outcome] = []
        for kind, what, _, future in jobs:
            if kind == PUT:
                changes.update(what)
                outcomes.append((future, None, None))
            elif kind == WORK:
                own = Changes(self._library, changes)
                try:
                    outcomes.append((future, what(own), None))
                    changes.update(own.own)
                except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and the others go on
                    outcomes.append((future, None, error))
        try:
            if changes:
                stored = {key: None if value is None else sealed(key, value) for key, value in changes.items()}
                with self._warm.changing(changes):
                    self._library.write(stored)
        except Exception as error:  # noqa: BLE001 - whoever is at fault hears of it when each is alone
            self.last = error
            return None
        self.commits += 1
        return outcomes

    def alone(self, job: Job) -> Outcome:
        """Do a job that changes anything."""
        _, work, keys, future = job
        with self._warm.changing(keys):
            try:
                return future, work(self._library), None
            except Exception as error:  # noqa: BLE001 - likewise
                return future, None, error


class _Range:
    """The pairs of a range, in a view of one moment."""

    def __init__(self, view: View, prefix: bytes, start: bytes, end: bytes | None) -> None:
        self._view = view
        self._first, self._last = max(prefix, start), upper(prefix, end)
        self.close = view.close

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        last = HEADER[:1] if self._last is None else self._last
        within = takewhile(lambda pair: pair[0] < last, self._view.pairs(self._first))
        return ((key, unsealed(key, data)) for key, data in within)


class EmbeddedStorage:
    """Implement `llmspell.spec.storages.Storage` on a library that `open_library` opens; `FILE` is named by subclasses.

    One process has the files open at a time. Reading one key costs less than handing it to another thread, so it
    happens on the caller's; `warm` has those that were read lately.
    """

    FILE: str
    capabilities = frozenset({"durable", "watch", "size_limit", "compact"})
    limits = StorageLimits()

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._live: Live | None = None
        self._watchers = Watchers()

    def open_library(self, path: Path, options: dict[str, Any]) -> Library:
        """Open the files, made if they are not there; raises `StorageError` for those that cannot be used."""
        raise NotImplementedError

    # -- opening and closing -------------------------------------------------------------------------------------------

    def options(self, config: Any) -> dict[str, Any]:
        """Give what a config section says of the library, for `open_path`."""
        return {"synchronous": config.synchronous, "max_size": config.max_size}

    async def open(self, ctx: Context) -> None:
        """Open the store in `[storage] path`, or in the user's data folder, once no other process has it."""
        path = (ctx.paths.store or ctx.paths.data) / self.FILE
        given = self.options(ctx.config)
        await in_turn(lambda: self.open_path(path, cache=ctx.config.cache, **given), ctx, ctx.config.wait)

    async def open_path(self, path: Path, *, cache: int = CACHE, **options: Any) -> None:
        """Open files, made if they are not there; raises `StorageError` when they are in use, damaged or newer.

        `max_size` is in bytes; 0 means as large as the disk allows.
        """
        if self._live is not None:
            raise StorageError(f"the store {self._live.path} is open already", suggestions=["await `aclose` first"])
        await in_thread(lambda: self._open(path, cache, options))

    def _open(self, path: Path, cache: int, options: dict[str, Any]) -> None:
        with ExitStack() as stack:
            try:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path = path.resolve()
                stack.enter_context(seize(path, os.getpid()))
            except OSError as error:
                raise unwritable(f"the store {path}", error) from error
            library = self.open_library(path, options)
            stack.callback(library.close)
            check_header(library, path)
            warm = Warm(cache)
            self._live = Live(LibraryWriter(library, path, warm), library, path, warm)
            self._stack = stack.pop_all()

    async def aclose(self) -> None:
        """Finish the writes that wait, then close the files and let others have them."""
        self._watchers.close()
        if self._live is not None:
            await self._live.writer.aclose()
            self._live = None
            await in_thread(self._stack.close)

    @property
    def commits(self) -> int:
        """Tell how many groups were committed since the store was opened."""
        return self._opened().writer.commits

    def _opened(self) -> Live:
        if self._live is None:
            raise StorageError("the store is not open", suggestions=["await its `open` first"])
        return self._live

    def _key(self, key: str) -> bytes:
        return encoded(key, self.limits)

    # -- reading -------------------------------------------------------------------------------------------------------

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        _, library, _, warm = self._live or self._opened()
        data = encoded(key, self.limits)
        value = warm.get(data)
        if value is None:
            moment = warm.moment
            stored = library.get(data)
            if stored is not None:
                value = unsealed(data, stored)
                warm.keep(data, value, moment)
        return value

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        return await self.get(key) is not None

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys from one moment; absent ones are left out."""
        library = self._opened().library
        wanted = [(key, self._key(key)) for key in keys]

        def read() -> dict[str, bytes]:
            view = library.view()
            try:
                found = ((key, data, view.get(data)) for key, data in wanted)
                return {key: unsealed(data, stored) for key, data, stored in found if stored is not None}
            finally:
                view.close()

        return await in_thread(read)

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order, as they were when the scan began."""
        library = self._opened().library
        bounds = self._key(prefix), self._key(start), None if end is None else self._key(end)
        async for pair in scanned(_Range(library.view(), *bounds)):
            yield pair

    async def stats(self) -> StorageStats:
        """Count keys and bytes, by reading everything."""
        return await self._opened().writer.do(_counted, keys=(), alone=True)

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read the whole store, or a backup, and compare all checksums; writes wait meanwhile."""
        live = self._opened()
        if backup is not None:
            return await in_thread(verified_backup, backup)

        def verify(library: Library) -> StorageStats:
            library.check()
            return _counted(library)

        return await live.writer.do(verify, keys=(), alone=True)

    # -- writing -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        pair = encoded(key, self.limits), bytes(fitting(key, value, self.limits))
        try:
            await (self._live or self._opened()).writer.put([pair])
        finally:  # when the caller is cancelled, too: the write may have been made
            self._watchers.tell((key,))

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        data = self._key(key)
        return await self._change([key], lambda changes: changes.put(data, None))

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        data = self._key(key)

        def add(changes: Changes) -> int:
            new, text = counted(key, changes.get(data), by)
            changes.put(data, text)
            return new

        return await self._change([key], add)

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it."""
        data = self._key(key)

        def change(changes: Changes) -> bytes:
            new = fitting(key, merged(key, changes.get(data), patch), self.limits)
            changes.put(data, new)
            return new

        return await self._change([key], change)

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        writer = self._opened().writer
        puts = only_puts(operations, self.limits)
        written = writer.do(self._applying(operations)) if puts is None else writer.put(puts)
        try:
            await written
        finally:
            self._watchers.tell(key for _, key, _ in operations)

    def _applying(self, operations: Sequence[Operation]) -> Callable[[Changes], None]:
        check_verbs(operations)
        steps = [(verb, key, self._key(key), fitting(key, value, self.limits)) for verb, key, value in operations]
        return partial(_apply, steps)

    async def _change(self, keys: Sequence[str], work: Callable[[Changes], T]) -> T:
        writer = self._opened().writer
        try:
            return await writer.do(work)
        finally:
            self._watchers.tell(keys)

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change: one process has the files, so all changes are made here."""
        self._opened()
        return self._watchers.watch(prefix)

    async def compact(self) -> None:
        """Give back what deleted values occupy."""
        await self._opened().writer.do(lambda library: library.compact(), keys=(), alone=True)

    # -- copies --------------------------------------------------------------------------------------------------------

    async def backup(self, target: Path) -> None:
        """Write a copy to a file, while others read and write; every checksum is compared on the way."""
        library = self._opened().library

        def write() -> None:
            view = library.view()
            try:
                with written_backup(target) as backup:
                    for key, value in _Range(view, b"", b"", None).pairs():
                        backup.add(key, value)
            finally:
                view.close()

        await in_thread(write)

    async def restore(self, source: Path) -> None:
        """Replace the content by a backup, in one write; a damaged file changes nothing."""
        writer = self._opened().writer
        await in_thread(verified_backup, source)
        try:
            await writer.do(partial(_replace, source), alone=True)
        finally:
            self._watchers.tell(None)


def _apply(steps: Sequence[tuple[str, str, bytes, bytes]], changes: Changes) -> None:
    """Look at all conditions, then apply all steps."""
    for verb, key, data, value in steps:
        if (verb == "check" and changes.get(data) != value) or (verb == "absent" and changes.get(data) is not None):
            raise conflict(key)
    for verb, _, data, value in steps:
        if verb in ("put", "delete"):
            changes.own[data] = value if verb == "put" else None


def _replace(source: Path, library: Library) -> None:
    pairs = ((key, sealed(key, value)) for key, value in backup_pairs(source))
    library.replace(chain(pairs, [(HEADER, NAME + b"%d" % VERSION)]))


def _counted(library: Library) -> StorageStats:
    """Read everything, compare all checksums, and count."""
    keys = size = 0
    view = library.view()
    try:
        for key, value in _Range(view, b"", b"", None).pairs():
            keys += 1
            size += len(key) + len(value)
    finally:
        view.close()
    return StorageStats(keys, size, library.disk())
