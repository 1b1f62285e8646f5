"""LMDB under the port: one file, read through the memory it is mapped into.

LMDB trusts its pages, and a damaged one may end the process. So a file is looked through before it is opened, by a
walk over its bytes that nothing in them can harm (`lmdb.verify`), and again by `check`. It has no checksums: values are
sealed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import lmdb
from lmdb.verify import VerifyError, verify

from llmspell.spec.storage_backup import sync
from llmspell.spec.storage_library import TooLargeHere, sealed, unsealed
from llmspell.spec.storage_lock import make_private
from llmspell.spec.threads import LARGE
from llmspell_storage_lmdb.failures import FAULTS, damaged, failure, full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

DEFAULT_SIZE = 16 << 30
SPARE = 1 << 20
"""Bytes beside the data: pages of the last two commits stay until nobody reads them, and deleting needs some, too."""


class LmdbView:
    """Read in one transaction."""

    def __init__(self, txn: Any, path: Path, closed: Callable[[], None]) -> None:
        self._txn = txn
        self._path = path
        self._closed: Callable[[], None] | None = closed

    def get(self, key: bytes) -> bytes | None:
        """Read a value."""
        try:
            found = self._txn.get(key)
        except FAULTS as error:
            raise failure(error, self._path) from error
        return None if found is None else unsealed(key, found)

    def pairs(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give all pairs from a key on."""
        try:
            with self._txn.cursor() as cursor:
                if cursor.set_range(start) if start else cursor.first():
                    for key, data in cursor.iternext(keys=True, values=True):
                        yield bytes(key), unsealed(bytes(key), data)
        except FAULTS as error:
            raise failure(error, self._path) from error

    def close(self) -> None:
        """End the transaction."""
        if self._closed is not None:
            self._txn.abort()
            self._closed()
            self._closed = None


class LmdbLibrary:
    """Be a `Library` on one file."""

    def __init__(self, path: Path, *, synchronous: str, max_size: int, check: int) -> None:
        self._path = path
        self._size = max_size or DEFAULT_SIZE
        self._metasync = synchronous == "full"
        self._views = 0
        self._lock = threading.Lock()
        if path.exists() and 0 < path.stat().st_size <= check:
            self.check()
        self._env = self._open()

    def _open(self) -> lmdb.Environment:
        try:
            return lmdb.open(
                str(self._path),
                subdir=False,
                map_size=2 * self._size + SPARE,
                metasync=self._metasync,
                mode=0o600,
                max_spare_txns=4,
            )
        except FAULTS as error:
            raise failure(error, self._path) from error

    def get(self, key: bytes, *, here: bool = False) -> bytes | None:
        """Read a value, copied once from where it is mapped; a large one without keeping others waiting."""
        try:
            with self._lock, self._env.begin(buffers=True) as txn:
                found = txn.get(key)
                if found is None or len(found) <= LARGE:
                    return None if found is None else unsealed(key, found)
        except FAULTS as error:
            raise failure(error, self._path) from error
        if here:
            raise TooLargeHere
        view = self.view()
        try:
            return view.get(key)
        finally:
            view.close()

    def view(self) -> LmdbView:
        """Begin a transaction that reads."""
        with self._lock:
            try:
                view = LmdbView(self._env.begin(buffers=True), self._path, self._view_closed)
            except FAULTS as error:
                raise failure(error, self._path) from error
            self._views += 1
            return view

    def _view_closed(self) -> None:
        with self._lock:
            self._views -= 1

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Write in one transaction."""
        self._in_transaction(lambda txn: self._write(txn, changes))

    def _write(self, txn: Any, changes: Mapping[bytes, bytes | None]) -> None:
        for key, value in changes.items():
            if value is None:
                txn.delete(key)
            else:
                txn.put(key, sealed(key, value))
        if any(value is not None for value in changes.values()):
            self._check_room(txn)

    def replace(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Drop everything and write, in one transaction."""

        def replace(txn: Any) -> None:
            txn.drop(self._env.open_db(None, txn=txn), delete=False)
            for key, value in pairs:
                txn.put(key, sealed(key, value))
            self._check_room(txn)

        self._in_transaction(replace)

    def _in_transaction(self, work: Callable[[Any], None]) -> None:
        try:
            with self._env.begin(write=True) as txn:  # aborted when the work raises
                work(txn)
        except FAULTS as error:
            raise failure(error, self._path) from error

    def _check_room(self, txn: Any) -> None:
        """Refuse a transaction after which the store would hold more than it may."""
        stat = txn.stat()
        used = (stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"]) * stat["psize"]
        if used > self._size:
            raise full(self._path, f"it would hold {used} bytes, and {self._size} are allowed")

    def check(self) -> None:
        """Look through the file; whoever calls this is the one who writes."""
        try:
            faults = verify(str(self._path), subdir=False)  # type: ignore[no-untyped-call]  # of lmdb itself
        except VerifyError as error:
            raise damaged(self._path, str(error)) from error
        except OSError as error:
            raise failure(error, self._path) from error
        if faults:
            raise damaged(self._path, "; ".join(faults[:3]))

    def compact(self) -> None:
        """Write the file anew without free pages; pages that a scan still reads stay until a later time."""
        fresh = self._path.with_name(self._path.name + ".compact")
        try:
            fresh.unlink(missing_ok=True)
            make_private(fresh)
            with fresh.open("wb") as file:
                self._env.copyfd(file.fileno(), compact=True)
            sync(fresh)  # the old file goes next, and a power cut may follow
            with self._lock:
                if not self._views:
                    self._env.close()
                    fresh.replace(self._path)
                    sync(self._path.parent)
                    self._env = self._open()
        except FAULTS as error:
            raise failure(error, self._path) from error
        finally:
            fresh.unlink(missing_ok=True)

    def disk(self) -> int:
        """Count the bytes of the file."""
        return self._path.stat().st_size

    def close(self) -> None:
        """Close the file."""
        self._env.close()
