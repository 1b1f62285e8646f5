"""A folder that is opened while its disk is full."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, resource, signal, sys
from pathlib import Path
from llmspell.errors import StorageFullError
from llmspell_storage_rocksdb.store import RocksdbStorage

async def refused(work):
    try:
        await work
    except StorageFullError as error:
        return bool(error.suggestions)

async def main():
    place = Path(sys.argv[1]) / "llmspell.rocksdb"
    store = RocksdbStorage()
    await store.open_path(place)
    for number in range(50):
        await store.put(f"k{number:03}", bytes([number]) * 10_000)
    await store.aclose()

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    store = RocksdbStorage()
    await store.open_path(place)
    assert (await store.verify()).keys == 50
    assert await store.get("k007") == bytes([7]) * 10_000
    assert await refused(store.put("more", bytes(10_000)))
    assert await refused(store.delete("k007"))
    assert await refused(store.compact())
    assert await store.get("k007") == bytes([7]) * 10_000

    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.put("more", b"room")
    await store.aclose()
    store = RocksdbStorage()
    await store.open_path(place)
    assert (await store.verify()).keys == 51
    await store.aclose()
    print("done")

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_full_disk_is_no_reason_not_to_read(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.stdout == "done\n", done.stderr
