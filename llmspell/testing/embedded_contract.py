"""The contract of a store that lies in files beside us: kills, full disks, changed bits, other processes, formats."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from llmspell.errors import StorageError
from llmspell.spec.storage_library import HEADER, NAME
from llmspell.spec.storages import Operation
from llmspell.testing.storage_contract import StorageContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmspell.spec.storage_embedded import EmbeddedStorage
    from llmspell.spec.storages import Storage

PAIRS = {f"key/{number:03}": random.Random(number).randbytes(number * 20) for number in range(100)}  # noqa: S311 - no secret
FLIPS = 120
TASKS = 10

_CHILD = """
import asyncio, sys
from importlib import import_module
from pathlib import Path
module, _, name = sys.argv[1].partition(":")

async def main():
    store = getattr(import_module(module), name)()
    await store.open_path(Path(sys.argv[2]))
    print("open", flush=True)
    await globals()[sys.argv[3]](store)

async def hold(store):
    await asyncio.Event().wait()

async def write(store):
    async def task(number):
        for count in range(1000000):
            await store.put(f"{number}/{count}", b"v" * 500)
            await store.increment(f"count/{number}")
            print(f"{number}/{count}", flush=True)
    await asyncio.gather(*(task(number) for number in range(10)))

async def fill(store):
    import random, resource, signal
    from llmspell.errors import StorageFullError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for number in range(50):
        await store.put(f"k{number:03}", random.Random(number).randbytes(10_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    for key in ("refused", "again"):
        try:
            await store.put(key, random.Random(0).randbytes(10_000))
        except StorageFullError as error:
            print(key, bool(error.suggestions), flush=True)
    assert await store.get("k000") == random.Random(0).randbytes(10_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.put("room", b"again")
    await store.aclose()

asyncio.run(main())
"""


class EmbeddedStorageContract(StorageContract):
    """Check a store that is an `EmbeddedStorage`.

    class TestStorage(EmbeddedStorageContract):
        target = "llmspell_storage_lmdb.store:LmdbStorage"
    """

    target: ClassVar[str]
    """The dotted name of the class."""

    def make(self) -> EmbeddedStorage:
        """Make a store, not yet open."""
        module, _, name = self.target.partition(":")
        made: EmbeddedStorage = getattr(import_module(module), name)()
        return made

    async def open_storage(self, folder: Path) -> Storage:
        """Open the store in a folder."""
        store = self.make()
        await store.open_path(folder / store.FILE)
        return store

    async def open_limited(self, folder: Path, size: int) -> Storage:
        """Open a store that takes so many bytes."""
        store = self.make()
        await store.open_path(folder / store.FILE, max_size=size)
        return store

    def start(self, folder: Path, what: str) -> subprocess.Popen[str]:
        """Open the store in another process, which then holds it, writes to it or fills the disk."""
        command = [sys.executable, "-c", _CHILD, self.target, str(folder / self.make().FILE), what]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        return process

    @pytest.mark.parametrize("lines", [1, 57, 400])
    async def test_what_was_acknowledged_survives_a_kill(self, tmp_path: Path, lines: int) -> None:
        """Everything that a killed process was told is written is there, and the store is whole.

        If this fails, answer a write after its commit and not before.
        """
        process = self.start(tmp_path, "write")
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().splitlines(keepends=True)
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        acknowledged = [line.strip() for line in told if line.endswith("\n")]
        async with self.opened(tmp_path) as store:
            assert [key for key in acknowledged if await store.get(key) != b"v" * 500] == []
            for task in range(TASKS):
                written = sum(key.startswith(f"{task}/") for key in acknowledged)
                assert int(await store.get(f"count/{task}") or 0) in (written, written + 1)  # the last may be untold
            await store.verify()

    async def test_another_process_is_named(self, tmp_path: Path) -> None:
        """Who opens what another process has open is told its number, and may when that one is gone.

        If this fails, hold `llmspell.spec.storage_lock.seize` while the store is open.
        """
        process = self.start(tmp_path, "hold")
        try:
            with pytest.raises(StorageError, match=f"open in process {process.pid}") as caught:
                await self.open_storage(tmp_path)
            assert caught.value.suggestions
        finally:
            process.kill()
            process.communicate()
        async with self.opened(tmp_path) as store:
            await store.put("k", b"v")

    @pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
    def test_a_full_disk_is_told_and_forgotten_when_there_is_room(self, tmp_path: Path) -> None:
        """A write that finds no room is a `StorageFullError`; what was written stays, and there may be room again.

        If this fails, undo what was begun, and do not keep an error of the past.
        """
        process = self.start(tmp_path, "fill")
        told, _ = process.communicate()
        assert process.returncode == 0
        assert told.split() == ["refused", "True", "again", "True"]

        async def content() -> list[str]:
            async with self.opened(tmp_path) as store:
                await store.verify()
                return [key async for key, _ in store.scan()]

        assert asyncio.run(content()) == [*(f"k{number:03}" for number in range(50)), "room"]

    def _written(self, folder: Path) -> Path:
        """Give the place of a closed store that holds `PAIRS`."""

        async def write() -> None:
            async with self.opened(folder) as store:
                half = list(PAIRS.items())
                await store.transaction([Operation("put", key, value) for key, value in half[:50]])
                await store.compact()
                await store.transaction([Operation("put", key, value) for key, value in half[50:]])

        asyncio.run(write())
        return folder / self.make().FILE

    async def _look(self, folder: Path) -> None:
        """Read a damaged store in every way: what is given is what was written, or there is an error."""
        try:
            store = await self.open_storage(folder)
        except StorageError as error:
            _advises(error)
            return
        found: dict[str, bytes] = {}
        noticed = False
        try:
            for key, value in PAIRS.items():
                with suppress(StorageError):
                    assert await store.get(key) in (value, None)
            try:
                found = {key: value async for key, value in store.scan()}
                await store.verify()
                await store.backup(folder / "backup")
            except StorageError:
                noticed = True
            assert found.items() <= PAIRS.items()
            assert noticed or found == PAIRS
        finally:
            with suppress(StorageError):
                await store.aclose()

    def test_a_changed_bit_is_never_read_as_a_value(self, tmp_path: Path) -> None:
        """Whichever bit of the files changes, no other value is given, and what is missing is noticed by `verify`.

        If this fails, keep a checksum with each value, and refuse files whose structure is damaged.
        """
        place = self._written(tmp_path)
        files = [file for file in ([place] if place.is_file() else sorted(place.iterdir())) if file.stat().st_size]
        whole = {file: file.read_bytes() for file in files}
        chance = random.Random(7)  # noqa: S311 - likewise
        for _ in range(FLIPS):
            file = chance.choice([one for one in files if one.name not in self.unread])
            data = bytearray(whole[file])
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            self._lay(place, whole | {file: bytes(data)})
            asyncio.run(self._look(tmp_path))

    unread: ClassVar[frozenset[str]] = frozenset()
    """Files that the store writes for people and never reads."""

    @staticmethod
    def _lay(place: Path, files: dict[Path, bytes]) -> None:
        """Put files where the store was, and nothing else."""
        for file in list(place.iterdir()) if place.is_dir() else []:
            file.unlink()
        for file, data in files.items():
            file.write_bytes(data)

    def test_a_cut_file_is_refused_or_noticed(self, tmp_path: Path) -> None:
        """A file that lost its end is an error, or holds what was written before its end.

        If this fails, look at the size of the files first.
        """
        place = self._written(tmp_path)
        files = [place] if place.is_file() else sorted(place.iterdir())
        whole = {file: file.read_bytes() for file in files}
        for file in (one for one in files if whole[one] and one.name not in self.unread):
            for part in range(8):
                self._lay(place, whole | {file: whole[file][: len(whole[file]) * part // 8]})
                asyncio.run(self._look_at_prefix(tmp_path))

    async def _look_at_prefix(self, folder: Path) -> None:
        try:
            store = await self.open_storage(folder)
        except StorageError as error:
            _advises(error)
            return
        with suppress(StorageError):
            assert {key: value async for key, value in store.scan()}.items() <= PAIRS.items()
        await store.aclose()

    async def test_a_newer_format_is_refused(self, tmp_path: Path) -> None:
        """A store of a newer llmspell is refused and left as it is; so is one of another program.

        If this fails, look at the header before anything is written.
        """
        for header, told in ((NAME + b"99", "format 99"), (b"bookmarks", "another program"), (None, "another program")):
            folder = tmp_path / told.replace(" ", "") / str(header is None)
            async with self.opened(folder) as store:
                await store.put("k", b"v")
                live: Any = store
                await live._opened().writer.do(lambda found, h=header: found.write({HEADER: h}), alone=True)  # noqa: SLF001 - what no caller can do
            for _ in range(2):
                with pytest.raises(StorageError, match=told) as caught:
                    await self.open_storage(folder)
                assert caught.value.suggestions

    @pytest.mark.parametrize("place", ["file", "folder"])
    async def test_a_place_that_cannot_be_used_is_refused(self, tmp_path: Path, place: str) -> None:
        """A path below a file, or a folder without the right to write, is an error that says what to change.

        If this fails, an error of the system passes as it is.
        """
        for folder in self._unusable(tmp_path, place):
            with pytest.raises(StorageError) as caught:
                await self.open_storage(folder)
            assert caught.value.suggestions

    @staticmethod
    def _unusable(folder: Path, place: str) -> Iterator[Path]:
        if place == "file":
            (folder / "file").touch()
            yield folder / "file"
        elif not hasattr(os, "geteuid") or os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        else:
            folder.chmod(0o500)
            yield folder


def _advises(error: StorageError) -> None:
    """Check that an error says what to do."""
    assert error.suggestions, error.message
