"""What a store held once: refused when it is put back, taken when it is restored, and never apart from its list."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import EncryptionError, StorageConflictError, StorageLimitError
from llmspell.runtime.store_copies import StoreCopy
from llmspell.runtime.store_sealed import accepted, changes_of, encrypted
from llmspell.spec.encryptions import KEYS, LIST
from llmspell.spec.storages import Operation
from llmspell_encryption.driver import FileAnchor
from llmspell_encryption.sealing import OpenSeal

from .stores import Anchor, encryption, filled, listed, over, wrappings


async def held(inner: MemoryStorage) -> dict[str, bytes]:
    return {key: data async for key, data in inner.scan()}


async def put_back(inner: MemoryStorage, state: dict[str, bytes]) -> None:
    gone = [Operation("delete", key) for key in await held(inner) if key not in state]
    await inner.transaction([*gone, *(Operation("put", key, data) for key, data in state.items())])


# -- put back ----------------------------------------------------------------------------------------------------------


async def test_an_older_value_of_the_same_key_is_refused() -> None:
    inner, store = await filled(3)
    old = await inner.get("k001") or b""
    await store.put("k001", b"newer")
    await inner.put("k001", old)
    for one in (store, await over(inner)):
        with pytest.raises(EncryptionError, match="not the one that was written last"):
            await one.get("k001")
        with pytest.raises(EncryptionError, match="k001"):
            [pair async for pair in one.scan("k")]
        assert await one.get("k002") == b"value 2"
    assert await store.delete("k001")
    assert await store.get("k001") is None
    await store.put("k001", b"anew")
    assert await (await over(inner)).get("k001") == b"anew"


async def test_what_was_removed_by_others_is_told_and_can_be_removed() -> None:
    inner, store = await filled(3)
    await inner.delete("k001")
    with pytest.raises(EncryptionError, match="it was removed"):
        await store.exists("k001")
    with pytest.raises(EncryptionError, match="it was removed"):
        [pair async for pair in store.scan("k001")]
    assert [pair async for pair in store.scan("k002")] == [("k002", b"value 2")]
    with pytest.raises(EncryptionError):
        await store.transaction([Operation("absent", "k001"), Operation("put", "k001", b"1")])
    assert not await store.delete("k001")
    assert [key async for key, _ in store.scan()] == ["k000", "k002"]


async def test_what_was_deleted_does_not_come_back() -> None:
    inner, store = await filled(3)
    old = await inner.get("k001") or b""
    await store.delete("k001")
    await inner.put("k001", old)
    for act in (store.get("k001"), store.verify(), store.get_batch(["k001"])):
        with pytest.raises(EncryptionError, match="nothing was written there"):
            await act


async def test_a_whole_store_is_put_back_unnoticed_without_an_anchor_alone() -> None:
    """What nothing outside the store remembers, nobody can know: the page on security says so."""
    inner, anchor = MemoryStorage(), Anchor()
    store = await listed(inner, anchor)
    await store.put("a", b"older")
    before = await held(inner)
    await store.put("a", b"newer")
    await store.closed()
    await put_back(inner, before)
    with pytest.raises(EncryptionError, match="an older one was put in its place"):
        await store.get("a")
    with pytest.raises(EncryptionError, match="older than it was: it says 2 changes, and its anchor 3") as told:
        await listed(inner, anchor)
    assert any("--accept" in one for one in told.value.suggestions)
    assert await (await listed(inner)).get("a") == b"older"


async def test_a_store_that_is_gone_is_not_begun_anew_in_silence() -> None:
    inner, anchor = MemoryStorage(), Anchor()
    store = await listed(inner, anchor)
    await store.closed()
    with pytest.raises(EncryptionError, match="the store is empty"):
        await listed(MemoryStorage(), anchor)
    other = MemoryStorage()
    await listed(other)
    with pytest.raises(EncryptionError, match="another one"):
        await listed(other, anchor)


async def test_another_store_in_its_place_is_told() -> None:
    inner, store = await filled(1)
    other, _ = await filled(1)
    for key in (KEYS, LIST):
        await inner.put(key, await other.get(key) or b"")
    with pytest.raises(EncryptionError):
        await store.get("k000")


async def test_a_store_put_back_is_accepted_by_who_says_so() -> None:
    inner, anchor = MemoryStorage(), Anchor()
    store = await listed(inner, anchor)
    await store.put("a", b"older")
    before = await held(inner)
    await store.put("a", b"newer")
    await store.closed()
    await put_back(inner, before)
    keys = encryption()
    keys.anchor = lambda _: anchor  # type: ignore[method-assign, assignment, return-value]
    await accepted(inner, keys, "label")
    assert await (await listed(inner, anchor)).get("a") == b"older"
    await put_back(inner, before)
    with pytest.raises(EncryptionError, match="older than it was"):
        await listed(inner, anchor)


# -- anchors -----------------------------------------------------------------------------------------------------------


async def test_an_anchor_is_a_file_that_is_replaced_in_one_step(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "elsewhere" / "store.anchor")
    assert anchor.read() is None
    anchor.write(b"one")
    anchor.write(b"two")
    assert anchor.read() == b"two"
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["store.anchor"]
    assert (tmp_path / "elsewhere" / "store.anchor").stat().st_mode & 0o077 == 0


async def test_an_anchor_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"cut")
    with pytest.raises(EncryptionError, match="damaged"):
        await listed(MemoryStorage(), FileAnchor(tmp_path / "file"))  # type: ignore[arg-type]
    (tmp_path / "folder").mkdir()
    with pytest.raises(EncryptionError, match="cannot be read"):
        FileAnchor(tmp_path / "folder").read()
    with pytest.raises(EncryptionError, match="cannot be written"):
        FileAnchor(tmp_path / "file" / "below").write(b"1")


async def test_an_anchor_is_not_written_for_who_only_reads() -> None:
    inner, anchor = MemoryStorage(), Anchor()
    store = await listed(inner, anchor)
    await store.closed()
    anchor.write = None  # type: ignore[assignment, method-assign]
    reader = await listed(inner, anchor)
    assert await reader.get("a") is None
    await reader.closed()


async def test_an_anchor_never_goes_back() -> None:
    inner, anchor = MemoryStorage(), Anchor()
    slow, quick = await listed(inner, anchor), await listed(inner, anchor)
    await slow.put("a", b"1")
    for number in range(5):
        await quick.put("b", b"%d" % number)
    await quick.closed()
    last = anchor.data
    await slow.closed()
    assert anchor.data == last


# -- side by side ------------------------------------------------------------------------------------------------------


async def test_two_processes_write_to_one_store() -> None:
    """Neither refuses the other, and nothing of either is lost."""
    inner = MemoryStorage()
    stores = [await over(inner), await over(inner)]

    async def write(number: int) -> None:
        chance = random.Random(number)
        for step in range(100):
            await stores[number].put(f"{number} {step:03}", b"1")
            await stores[number].increment("both")
            await asyncio.sleep(0)
            if chance.random() < 0.3:
                assert len([pair async for pair in stores[number].scan(f"{number} ")]) == step + 1

    await asyncio.gather(write(0), write(1))
    for store in (*stores, await over(inner)):
        assert await store.get("both") == b"200"
        assert (await store.verify()).keys == 201


async def test_writers_of_one_process_go_together_and_fail_alone() -> None:
    _, store = await filled(1)
    wrong = store.transaction([Operation("check", "k000", b"other"), Operation("put", "k000", b"1")])
    large = store.put("l" * 5000, b"")
    writes = [store.put(f"n{number:03}", b"%d" % number) for number in range(100)]
    ended = await asyncio.gather(wrong, large, *writes, return_exceptions=True)
    assert isinstance(ended[0], StorageConflictError)
    assert "too long" in str(ended[1])
    assert ended[2:] == [None] * 100
    assert (await store.verify()).keys == 101
    assert await store.get("k000") == b"value 0"


async def test_who_is_cancelled_takes_nobody_along() -> None:
    inner, store = await filled(0)
    tasks = [asyncio.ensure_future(store.put(f"k{number:02}", b"1")) for number in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(one is None for at, one in enumerate(ended) if at % 3)
    found = {key async for key, _ in store.scan()}
    assert {f"k{at:02}" for at in range(30) if at % 3} <= found
    assert (await (await over(inner)).verify()).keys == len(found)


async def test_the_list_is_split_and_shrinks_with_the_store() -> None:
    inner, store = await filled(0)
    chance, expected = random.Random(1), {}
    for _ in range(40):
        steps = []
        for _ in range(100):
            key = f"{chance.choice('abc')}\x1f{chance.randrange(2000):04}" + "é" * chance.randrange(3)
            if chance.random() < 0.7:
                expected[key] = b"%d" % chance.randrange(99)
                steps.append(Operation("put", key, expected[key]))
            else:
                expected.pop(key, None)
                steps.append(Operation("delete", key))
        await store.transaction(steps)
    parts = [key async for key, _ in inner.scan(f"{LIST}\x1f")]
    assert len(parts) > 10
    anew = await over(inner)
    assert [pair async for pair in anew.scan()] == sorted(expected.items())
    for prefix in ("a", "b\x1f1", "b\x1f19", "c\x1f1999", "d", ""):
        wanted = [(key, value) for key, value in sorted(expected.items()) if key.startswith(prefix)]
        assert [pair async for pair in anew.scan(prefix)] == wanted
        assert [pair async for pair in anew.scan(prefix, start="b\x1f1", end="c")] == [
            pair for pair in wanted if "b\x1f1" <= pair[0] < "c"
        ]
    await anew.transaction([Operation("delete", key) for key in expected])
    assert [key async for key, _ in inner.scan(LIST)] == [LIST, f"{LIST}\x1f"]


# -- copies, keys, kills -----------------------------------------------------------------------------------------------


async def test_a_backup_that_is_restored_counts_as_the_latest(tmp_path: Path) -> None:
    inner, anchor = MemoryStorage(), Anchor()
    store, other = await listed(inner, anchor), await listed(inner, anchor)
    await store.put("a", b"older")
    await store.backup(tmp_path / "backup")
    await store.put("a", b"newer")
    newest = await held(inner)
    await store.restore(tmp_path / "backup")
    for one in (store, other, await listed(inner, anchor)):
        assert await one.get("a") == b"older"
    await store.put("a", b"after")
    await put_back(inner, newest)
    for one in (store, other):
        with pytest.raises(EncryptionError, match="an older one"):
            await one.get("a")


async def test_changes_are_counted_of_what_can_be_read() -> None:
    inner, store = await filled(3)
    assert await changes_of(inner, encryption()) == 4
    assert await changes_of(MemoryStorage(), encryption()) == 0
    await inner.put(LIST, b"damaged")
    assert await changes_of(inner, encryption()) == 0
    assert store._inner.changes == 4  # type: ignore[attr-defined]


async def test_a_copy_has_the_list_and_merges_with_nothing() -> None:
    inner, store = await filled(50)
    other = MemoryStorage()
    await StoreCopy(inner, other, lambda _: None).run()
    assert [pair async for pair in (await over(other)).scan()] == [pair async for pair in store.scan()]
    await store.put("k000", b"changed")
    with pytest.raises(Exception, match="the target holds something"):
        await StoreCopy(inner, other, lambda _: None).run()


async def test_values_put_back_while_keys_are_changed_are_refused() -> None:
    inner, store = await filled(20)
    old = await inner.get("k005") or b""
    await store.put("k005", b"newer")
    seal = OpenSeal(inner, await inner.get(KEYS) or b"", wrappings())

    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await seal.rotate(stop, 0.0, reencrypt=True, batch=10)
    await inner.put("k005", old)
    with pytest.raises(EncryptionError, match="not the one that was written last"):
        await store.get("k005")
    seal = OpenSeal(inner, await inner.get(KEYS) or b"", wrappings())
    await seal.rotate(lambda _: None, 0.0, reencrypt=True)
    for one in (store, await over(inner)):
        with pytest.raises(EncryptionError, match="not the one that was written last"):
            await one.get("k005")
        assert await one.get("k006") == b"value 6"


async def test_an_encryption_that_ended_before_its_list_goes_on() -> None:
    inner = MemoryStorage()
    await inner.put("a", b"1")
    keys = encryption()
    seal_of = keys.encrypt

    async def broken(store: MemoryStorage, told: object, _: object) -> object:
        async def listing(_: object) -> None:
            raise InterruptedError

        return await seal_of(store, told, listing)  # type: ignore[arg-type]

    keys.encrypt = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(InterruptedError):
        await encrypted(inner, keys, lambda _: None)
    with pytest.raises(EncryptionError, match="interrupted"):
        await over(inner)
    assert await encrypted(inner, encryption(), lambda _: None) == (0, 1)
    assert await (await over(inner)).get("a") == b"1"


async def test_keys_that_the_list_cannot_hold_are_told_before_anything_is_encrypted() -> None:
    inner = MemoryStorage()
    await inner.put("k" * 70_000, b"1")
    with pytest.raises(StorageLimitError, match="too long"):
        await encrypted(inner, encryption(), lambda _: None)
    assert await inner.get(KEYS) is None


KILLED = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import stores
from llmspell_storage_sqlite.store import SqliteStorage
async def main():
    inner = SqliteStorage()
    await inner.open_file(Path(sys.argv[2]))
    store = await stores.over(inner)
    print("open", flush=True)
    number = 0
    while True:
        await asyncio.gather(*(store.put(f"{number:06} {one}", b"x" * 100) for one in range(4)))
        number += 1
        print(number, flush=True)
asyncio.run(main())
"""


def killed_after(lines: int, file: Path) -> list[int]:
    """Kill a writer when it has told so much; gives what it told."""
    words = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        read = [process.stdout.readline() for _ in range(lines)]
        process.kill()
    return [int(line) for line in read[1:]]


async def test_a_process_killed_while_it_writes_leaves_a_whole_store(tmp_path: Path) -> None:
    sqlite = pytest.importorskip("llmspell_storage_sqlite.store", reason="needs llmspell-storage-sqlite")
    file = tmp_path / "store.sqlite3"
    told = 0
    for lines in (1, 3, 20, 41):
        told = max([told, *killed_after(lines, file)])
        inner = sqlite.SqliteStorage()
        await inner.open_file(file)
        store = await over(inner)
        assert (await store.verify()).keys >= 4 * told
        await inner.aclose()
