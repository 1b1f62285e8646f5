"""Files that are refused, processes that die, and copies."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import StorageError, StorageFullError
from llmspell.spec.storage_backup import written_backup
from llmspell.testing import open_context
from llmspell_storage_sqlite import copies, database
from llmspell_storage_sqlite.store import SqliteStorage

if TYPE_CHECKING:
    from pathlib import Path

WRITING = """
import asyncio, sys
from pathlib import Path
from llmspell_storage_sqlite.store import SqliteStorage

async def main():
    store = SqliteStorage()
    await store.open_file(Path(sys.argv[1]))
    print("open", flush=True)

    async def write(task):
        for number in range(1000000):
            await store.put(f"{task}/{number}", b"v" * 500)
            await store.increment(f"count/{task}")
            print(f"{task}/{number}", flush=True)

    if sys.argv[2] == "hold":
        await asyncio.Event().wait()
    await asyncio.gather(*(write(task) for task in range(10)))

asyncio.run(main())
"""


def start(path: Path, what: str) -> Any:
    process: Any = subprocess.Popen([sys.executable, "-c", WRITING, str(path), what], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    return process


@pytest.mark.parametrize("lines", [1, 57, 400])
async def test_what_was_acknowledged_survives_a_kill(opened, tmp_path, lines):
    process = start(tmp_path / "store.db", "write")
    told = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    acknowledged = [line.strip() for line in told if line.endswith("\n")]
    store = await opened()
    assert [key for key in acknowledged if await store.get(key) != b"v" * 500] == []
    for task in range(10):
        written = sum(key.startswith(f"{task}/") for key in acknowledged)
        assert int(await store.get(f"count/{task}") or 0) in (written, written + 1)  # the last may be untold
    check = await store._read(lambda connection: connection.execute("PRAGMA integrity_check").fetchall())
    assert check == [("ok",)]


async def test_a_file_has_one_process(opened, tmp_path):
    process = start(tmp_path / "store.db", "hold")
    with pytest.raises(StorageError, match=f"open in process {process.pid}") as caught:
        await opened()
    assert caught.value.code == 6002
    assert caught.value.suggestions
    process.kill()
    process.wait()
    process.stdout.close()
    store = await opened()
    await store.put("k", b"v")
    with pytest.raises(StorageError, match="open in this process"):
        await opened()


async def refused(path, match: str, **options) -> None:
    """Open a file twice in vain, and leave it as it was: the lock of the first attempt is gone, too."""
    before = path.read_bytes() if path.is_file() else None
    for _ in range(2):
        with pytest.raises(StorageError, match=match) as caught:
            await SqliteStorage(**options).open_file(path)
        assert caught.value.suggestions
    assert (path.read_bytes() if path.is_file() else None) == before


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "store.db").write_bytes(b"nonsense " * 2000)
    await refused(tmp_path / "store.db", "damaged or no SQLite file")


async def test_a_cut_file_is_refused(opened, tmp_path):
    store = await opened()
    await store.put("k", bytes(100_000))
    await store.aclose()
    whole = (tmp_path / "store.db").read_bytes()
    (tmp_path / "store.db").write_bytes(whole[: len(whole) // 2])
    await refused(tmp_path / "store.db", "damaged")


async def test_damage_in_the_middle_is_an_error_where_it_is_met(opened, tmp_path):
    store = await opened()
    for number in range(100):
        await store.put(f"k{number}", bytes(1000))
    await store.aclose()
    path = tmp_path / "store.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: 2 * database.PAGE] + b"\xff" * (len(whole) - 2 * database.PAGE))
    store = await opened()
    with pytest.raises(StorageError, match="damaged"):
        [pair async for pair in store.scan()]
    with pytest.raises(StorageError, match="damaged"):
        await store.stats()
    with pytest.raises(StorageError, match="damaged"):
        await store.backup(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


async def test_a_newer_format_is_refused(opened, tmp_path):
    await (await opened()).aclose()
    with closing(database.connect(tmp_path / "store.db")) as connection:
        connection.execute("UPDATE llmspell_header SET version = 3")
    await refused(tmp_path / "store.db", "has format 3, this llmspell knows format 2")


FORMAT_1 = """
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
CREATE TABLE llmspell_header (name TEXT NOT NULL, version INTEGER NOT NULL);
INSERT INTO llmspell_header VALUES ('llmspell-storage', 1);
CREATE TABLE pairs (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO pairs VALUES (x'61', x'31'), (x'62', x''), (x'f09f8d8b', randomblob(100000));
"""


async def test_format_1_is_brought_to_the_present_one(opened, tmp_path):
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.executescript(FORMAT_1)
        pairs = {key.decode(): value for key, value in connection.execute("SELECT key, value FROM pairs")}
    for _ in range(2):
        store = await opened()
        assert dict([pair async for pair in store.scan()]) == pairs
        await store.backup(tmp_path / "backup")
        await store.aclose()


async def test_a_backup_of_format_1_is_restored(opened, tmp_path):
    with closing(sqlite3.connect(tmp_path / "backup")) as connection:
        connection.executescript(FORMAT_1.replace("WAL", "DELETE"))
    copies._seal(tmp_path / "backup", os.fsync)
    store = await opened()
    await store.put("other", b"v")
    await store.restore(tmp_path / "backup")
    assert [key async for key, _ in store.scan()] == ["a", "b", "\N{LEMON}"]


async def test_the_file_of_another_program_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    await refused(tmp_path / "store.db", "of another program")


def read_only(path, *, read_only=False):
    """Open files of a disk that is mounted read-only."""
    return database.connect(path, read_only=True)


async def test_a_file_that_cannot_be_written_is_refused(opened, tmp_path):
    store = await opened()
    await store.aclose()
    await refused(tmp_path / "store.db", "cannot be written", connect=read_only)


async def test_a_file_that_cannot_be_made_is_refused(tmp_path):
    await refused(tmp_path / "store.db", "cannot be opened", connect=read_only)


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    await refused(tmp_path / "file/store.db", "cannot be used")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_without_the_right_to_write_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    await refused(tmp_path / "store.db", "Permission denied")


async def test_a_backup_is_not_written_over_the_store(opened, tmp_path):
    store = await opened()
    await store.put("k", b"v")
    with pytest.raises(StorageError, match="belongs to the store itself"):
        await store.backup(tmp_path / "store.db")
    assert await store.get("k") == b"v"


async def test_a_backup_of_another_store_is_restored_whole_or_not_at_all(opened, tmp_path):
    store = await opened()
    await store.put("old", b"v")
    with written_backup(tmp_path / "other") as backup:
        for number in range(50):
            backup.add(b"k%02d" % number, bytes([number]) * 100)
    assert await store.verify(tmp_path / "other") == (50, 50 * 103, (tmp_path / "other").stat().st_size)
    whole = (tmp_path / "other").read_bytes()
    for place in range(0, len(whole), 97):
        damaged = bytearray(whole)
        damaged[place] ^= 0x20
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(StorageError):
            await store.restore(tmp_path / "damaged")
    assert [key async for key, _ in store.scan()] == ["old"]
    await store.restore(tmp_path / "other")
    assert {key: value async for key, value in store.scan()} == {f"k{n:02}": bytes([n]) * 100 for n in range(50)}
    await store.verify()


async def test_the_fault_of_a_backup_is_told_as_one_and_a_full_disk_as_that(opened, tmp_path):
    store = await opened()
    with pytest.raises(StorageError, match=r"the backup .*nowhere.*cannot be used"):
        await store.backup(tmp_path / "nowhere" / "copy")
    with pytest.raises(StorageError, match=r"the backup .*nothing.*cannot be used"):
        await store.restore(tmp_path / "nothing")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageFullError, match=r"the backup .*copy has no room"):
        copies.write_backup(tmp_path / "store.db", tmp_path / "copy", database.connect, full)
    assert not list(tmp_path.glob("copy*"))


async def test_a_backup_can_take_the_place_of_a_store(opened, tmp_path):
    store = await opened()
    await store.put("k", bytes(100_000))
    await store.backup(tmp_path / "copy.db")
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]
    copy = await opened("copy.db")
    await copy.put("l", b"v")
    assert await copy.get("k") == bytes(100_000)


async def test_a_backup_of_a_newer_format_changes_nothing(opened, tmp_path, monkeypatch):
    store = await opened()
    await store.put("k", b"v")
    await store._opened()[0].do(lambda c: c.execute("UPDATE llmspell_header SET version = 3"))
    with pytest.raises(StorageError, match="format 3"):
        await store.backup(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    assert await store.get("k") == b"v"


async def test_a_store_is_no_backup(opened, tmp_path):
    other = await opened("other.db")
    await other.put("k", b"v")
    await other.aclose()
    store = await opened()
    await store.put("mine", b"1")
    with pytest.raises(StorageError, match="no backup"):
        await store.restore(tmp_path / "other.db")
    assert [pair async for pair in store.scan()] == [("mine", b"1")]


async def test_a_restore_that_cannot_be_finished_changes_nothing(opened, tmp_path):
    def crammed(path, *, read_only=False):
        connection = database.connect(path, read_only=read_only)
        connection.execute("PRAGMA main.max_page_count = 8")
        return connection

    big = await opened("big.db")
    await big.put("big", bytes(1 << 20))
    await big.backup(tmp_path / "backup")
    store = await opened(connect=crammed)
    await store.put("mine", b"1")
    with pytest.raises(StorageError, match="disk is full"):
        await store.restore(tmp_path / "backup")
    assert [pair async for pair in store.scan()] == [("mine", b"1")]
    await store.put("more", b"2")


class Patience:
    """A clock whose first sleep ends the process that is in the way, and which counts the time asked for."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self.slept = 0.0

    def now(self) -> float:
        return self.slept

    def monotonic(self) -> float:
        return self.slept

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        if self.process.poll() is None and self.slept > 1:
            self.process.kill()
            self.process.wait()


@pytest.mark.parametrize(("wait", "opens"), [(10.0, True), (0.5, False)])
async def test_a_second_spell_waits_for_the_first(tmp_path: Path, wait: float, opens: bool) -> None:
    process = start(tmp_path / "store.db", "hold")
    clock = Patience(process)
    config = {"storage": {"path": str(tmp_path / "store.db"), "sqlite": {"wait": wait}}}
    async with open_context(config=config, clock=clock) as ctx:
        if opens:
            await ctx.run.storage("n").put("k", b"1")
            assert await ctx.run.storage("n").get("k") == b"1"
        else:
            with pytest.raises(StorageError, match=f"open in process {process.pid}"):
                await ctx.run.storage("n").put("k", b"1")
    assert (clock.slept > 1) is opens
    process.kill()
    process.wait()
    process.stdout.close()


FILLING = """
import asyncio, resource, signal, sys
from pathlib import Path
from llmspell.errors import StorageError, StorageFullError
from llmspell_storage_sqlite.store import SqliteStorage

async def main():
    store = SqliteStorage()
    await store.open_file(Path(sys.argv[1]))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    kept = 0
    try:
        for kept in range(1000):
            await store.put(f"k{kept}", bytes(10_000))
    except StorageError as error:
        print(kept, error.code, bool(error.suggestions), error.message)
    assert await store.get("k0") == bytes(10_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.put("room", b"again")
    await store.aclose()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_disk_without_room_is_told_and_forgotten_when_there_is_room(tmp_path):
    command = [sys.executable, "-c", FILLING, str(tmp_path / "store.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept, code, advised, message = done.stdout.split(maxsplit=3)
    assert (code, advised) in (("6002", "True"), ("6103", "True"))
    assert str(tmp_path / "store.db") in message
    with closing(database.connect(tmp_path / "store.db")) as connection:
        keys = [key.decode() for (key,) in connection.execute("SELECT key FROM pairs")]
    assert keys == sorted([*(f"k{number}" for number in range(int(kept))), "room"])


async def test_a_value_of_a_hundred_megabytes(opened):
    store = await opened()
    value = bytes(100_000_000)
    await store.put("k", value)
    assert await store.get("k") == value
    assert (await store.stats()).bytes == 100_000_001
