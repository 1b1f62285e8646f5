"""RocksDB under the port: one folder, whose every block and record carries a checksum that is compared when it is read.

Opening refuses a log that is damaged before its end: RocksDB would otherwise forget, without a word, what stands after
the damage. A last record that was cut, as by a kill, was never acknowledged.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rocksdict import AccessType, DBRecoveryMode, Options, Rdict, ReadOptions, WriteBatch, WriteOptions

from llmspell.errors import StorageError, StorageFullError
from llmspell_storage_rocksdb.failures import FAULTS, failure, full

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

BUFFER = 64 << 20
"""Bytes that are written to memory and the log before they become a file."""

SHARE = 8
"""The part of a size limit that the buffer may be."""

_BEYOND = b"\xff\xff"
"""Behind every key."""


class RocksdbView:
    """Read by one iterator, which sees the moment it was made."""

    def __init__(self, iterator: Any, path: Path) -> None:
        self._iterator = iterator
        self._path = path

    def get(self, key: bytes) -> bytes | None:
        """Read a value."""
        found = next(self.pairs(key), None)
        return found[1] if found is not None and found[0] == key else None

    def pairs(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give all pairs from a key on."""
        iterator = self._iterator
        try:
            iterator.seek(start)
            while iterator.valid():
                yield iterator.key(), iterator.value()
                iterator.next()
            iterator.status()  # raises what ended it early
        except FAULTS as error:
            raise failure(error, self._path) from error

    def close(self) -> None:
        """Let the files of the moment go."""
        self._iterator = None


class RocksdbLibrary:
    """Be a `Library` on one folder."""

    def __init__(self, path: Path, *, synchronous: str, max_size: int) -> None:
        self._path = path
        self._size = max_size
        self._changed = False
        self._write_options = WriteOptions()
        self._write_options.sync = synchronous == "full"
        self._read_options = ReadOptions()
        self._read_options.set_verify_checksums(v=True)
        self._lock = threading.Lock()
        self._stopped = False
        try:
            self._db = self._open()
        except StorageFullError:  # RocksDB writes what its log holds to a file, for which there is no room
            self._stopped = True
            self._db = self._open_to_read()

    def _open(self, access: AccessType | None = None) -> Rdict:
        try:
            self._path.mkdir(mode=0o700, exist_ok=True)  # what RocksDB makes in it can be read by everybody
            return Rdict(str(self._path), _options(self._size), access_type=access or AccessType.read_write())
        except FAULTS as error:
            raise failure(error, self._path) from error

    def _open_to_read(self) -> Rdict:
        return self._open(AccessType.read_only(error_if_log_file_exist=False))

    def _go_on(self) -> None:
        """Open the folder again after a disk has failed, for until then RocksDB refuses every write.

        While the disk still fails, what is there can be read.
        """
        with self._lock:
            with suppress(*FAULTS):  # it says again what stopped it, and closes all the same
                self._db.close()
            try:
                self._db = self._open()
            except StorageError:
                self._db = self._open_to_read()
                raise
            self._stopped = False

    def get(self, key: bytes, *, here: bool = False) -> bytes | None:  # noqa: ARG002 - RocksDB tells no sizes
        """Read a value."""
        try:
            with self._lock:
                found: bytes | None = self._db.get(key)
        except FAULTS as error:
            raise failure(error, self._path) from error
        return found

    def view(self) -> RocksdbView:
        """Begin to read what is there now."""
        try:
            with self._lock:
                return RocksdbView(self._db.iter(self._read_options), self._path)
        except FAULTS as error:
            raise failure(error, self._path) from error

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Write one batch."""
        if self._size:
            self._make_room(changes)
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        self._write(batch)

    def replace(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove everything and write, in one batch: it is held in memory."""
        batch = WriteBatch(raw_mode=True)
        batch.delete_range(b"", _BEYOND)
        for key, value in pairs:
            batch.put(key, value)
        if self._size and batch.size_in_bytes() > self._size:
            raise full(self._path, f"it would hold {batch.size_in_bytes()} bytes, and {self._size} are allowed")
        self._write(batch)

    def _write(self, batch: WriteBatch) -> None:
        if self._stopped:
            self._go_on()
        try:
            self._db.write(batch, self._write_options)
        except FAULTS as error:
            self._stopped = True
            raise failure(error, self._path) from error
        self._changed = True

    def _make_room(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Refuse what goes beyond the size limit; what was deleted or written over lately is given back first."""
        adding = sum(len(key) + len(value) for key, value in changes.items() if value is not None)
        if not adding or self._used() + adding <= self._size:
            return
        if self._changed:
            self.compact()
            self._changed = False
        replaced = sum(len(key) + len(old) for key in changes if (old := self.get(key)) is not None)
        used = self._used()
        if adding > replaced and used + adding - replaced > self._size:
            raise full(self._path, f"it would take {used + adding - replaced} bytes, and {self._size} are allowed")

    def _used(self) -> int:
        names = ("rocksdb.live-sst-files-size", "rocksdb.cur-size-all-mem-tables")
        return sum(self._db.property_int_value(name) or 0 for name in names)

    def check(self) -> None:
        """Nothing beside reading: every block is compared with its checksum when it is read, and all are read."""

    def compact(self) -> None:
        """Write what is in memory to files, and the files anew without what was deleted."""
        if self._stopped:
            self._go_on()
        try:
            self._db.flush()
            self._db.compact_range(None, None)
        except FAULTS as error:
            raise failure(error, self._path) from error

    def disk(self) -> int:
        """Count the bytes of the folder."""
        return sum(file.stat().st_size for file in self._path.iterdir() if file.is_file())

    def close(self) -> None:
        """Close the folder."""
        try:
            self._db.close()
        except FAULTS as error:
            raise failure(error, self._path) from error


def _options(max_size: int) -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(create_if_missing=True)
    options.set_paranoid_checks(enabled=True)
    options.set_wal_recovery_mode(DBRecoveryMode.tolerate_corrupted_tail_records())
    options.set_write_buffer_size(min(BUFFER, max_size // SHARE) if max_size else BUFFER)
    options.set_keep_log_file_num(2)
    return options
