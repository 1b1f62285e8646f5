"""The contract of a storage back end: it behaves as a sorted dict that survives, under any sequence of calls."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from llmspell.errors import StorageConflictError, StorageError
from llmspell.spec.storages import Operation
from llmspell.testing.storage_contract_codecs import StorageCodecsContract
from llmspell.testing.storage_contract_limits import StorageLimitsContract
from llmspell.testing.storage_contract_room import StorageRoomContract
from llmspell.testing.storage_machine import STEPS, DictMachine

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from llmspell.spec.storages import Storage


class StorageContract(StorageLimitsContract, StorageRoomContract, StorageCodecsContract):
    """Check a storage back end.

    class TestMemory(StorageContract):
        async def open_storage(self, folder):
            return MemoryStorage()
    """

    settings = STEPS
    """How long the state machine searches."""

    def test_store_is_a_sorted_dict(self) -> None:
        """Whatever is called in whatever order, the store holds what a dict would hold.

        If this fails, hypothesis prints the shortest sequence of calls that it found; replay it line by line.
        """
        contract = self

        class Machine(DictMachine):
            def open(self, folder: Path) -> Coroutine[Any, Any, Storage]:
                return contract.open_storage(folder)

        run_state_machine_as_test(Machine, settings=self.settings)

    async def test_transaction_is_all_or_nothing(self, tmp_path: Path) -> None:
        """A transaction that cannot be applied as a whole changes nothing.

        If this fails, collect the changes first and apply them in one step.
        """
        async with self.opened(tmp_path) as store:
            await store.put("a", b"1")
            wrong = Operation("rename", "a", b"")  # type: ignore[arg-type]  # what the type forbids is what is tested
            with pytest.raises(StorageError):
                await store.transaction([Operation("put", "b", b"2"), Operation("delete", "a"), wrong])
            assert [pair async for pair in store.scan()] == [("a", b"1")]

    async def test_transaction_applies_in_order(self, tmp_path: Path) -> None:
        """Of several operations on one key, the last counts."""
        async with self.opened(tmp_path) as store:
            await store.transaction(
                [Operation("put", "a", b"1"), Operation("delete", "a"), Operation("put", "a", b"2")]
            )
            assert await store.get("a") == b"2"

    async def test_increment_refuses_what_is_no_number(self, tmp_path: Path) -> None:
        """A counter that holds other data is an error, and the data stay.

        If this fails, check the value before it is replaced.
        """
        async with self.opened(tmp_path) as store:
            await store.put("a", b"many")
            with pytest.raises(StorageError):
                await store.increment("a")
            assert await store.get("a") == b"many"

    async def test_merge_refuses_what_is_no_json(self, tmp_path: Path) -> None:
        """A document or a patch that is no JSON is an error, and the data stay.

        If this fails, let `llmspell.spec.storages.merged` make the new value before the old one is replaced.
        """
        async with self.opened(tmp_path) as store:
            for old, patch in ((b"many", b"{}"), (b"{}", b"many"), (b"\xff", b"{}")):
                await store.put("a", old)
                with pytest.raises(StorageError):
                    await store.merge("a", patch)
                assert await store.get("a") == old

    async def test_merges_side_by_side_are_all_kept(self, tmp_path: Path) -> None:
        """Merging is one step: tasks that do it at once lose nothing.

        If this fails, there is an await between reading and writing the document.
        """
        async with self.opened(tmp_path) as store:
            await asyncio.gather(*(store.merge("m", b'{"%d": 1, "last": %d}' % (n, n)) for n in range(20)))
            found = json.loads(await store.get("m") or b"")
            assert sorted(found) == sorted([*map(str, range(20)), "last"])

    async def test_increments_side_by_side_are_all_counted(self, tmp_path: Path) -> None:
        """Incrementing is one step: tasks that do it at once lose nothing.

        If this fails, there is an await between reading and writing the counter.
        """
        async with self.opened(tmp_path) as store:
            await asyncio.gather(*(store.increment("n", by) for by in range(1, 21)))
            assert await store.get("n") == b"210"

    async def test_scan_sees_one_moment(self, tmp_path: Path) -> None:
        """Writes during a scan do not appear in it.

        If this fails, read from a snapshot or a transaction.
        """
        async with self.opened(tmp_path) as store:
            for key in "ace":
                await store.put(key, key.encode())
            seen = []
            async for key, value in store.scan():
                seen.append((key, value))
                await store.put("d", b"late")
                await store.put("e", b"changed")
                await store.delete("c")
            assert seen == [("a", b"a"), ("c", b"c"), ("e", b"e")]

    async def test_keys_sort_by_their_bytes(self, tmp_path: Path) -> None:
        """Keys are ordered by their UTF-8 bytes, in every store alike.

        If this fails, the store sorts by a locale or by UTF-16 units.
        """
        keys = ["a", "Z", "é", "z", "\uffff", "🍋", "a/10", "a/2", ""]
        async with self.opened(tmp_path) as store:
            for key in keys[:-1]:
                await store.put(key, b"")
            assert [key async for key, _ in store.scan()] == sorted(keys[:-1], key=str.encode)

    async def test_files_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        """Neither the files of a store nor a backup can be read by other users of the machine.

        If this fails, make files with mode 0600 or in a folder with mode 0700; `storage_backup.put_in_place` does.
        """
        if os.name != "posix":
            pytest.skip("POSIX alone has these rights")
        async with self.opened(tmp_path) as store:
            await store.put("a", b"secret")
            await store.backup(tmp_path / "backup")
            if "compact" in store.capabilities:
                await store.compact()
            assert tmp_path / "backup" in _files(tmp_path)
            assert _open_to_others(tmp_path) == []

    async def test_a_backup_is_never_written_over_the_store(self, tmp_path: Path) -> None:
        """Whichever file of the store is named as the place of a backup: it is refused, and the store stays.

        If this fails, ask `llmspell.spec.storage_backup.check_target` first.
        """
        async with self.opened(tmp_path) as store:
            await store.put("a", b"1")
            for file in _files(tmp_path):
                with pytest.raises(StorageError) as caught:
                    await store.backup(file)
                assert caught.value.suggestions
            await store.verify()
        async with self.opened(tmp_path) as store:
            assert await store.get("a") == b"1" or "durable" not in store.capabilities

    async def test_backup_and_restore(self, tmp_path: Path) -> None:
        """A backup holds everything, and restoring it replaces everything.

        If this fails, compare the store with what was there when the backup was made.
        """
        async with self.opened(tmp_path / "one") as store:
            await store.put("a", b"1")
            await store.put("\u00e9\U0001f34b", bytes(range(256)))
            await store.backup(tmp_path / "backup")
            before = [pair async for pair in store.scan()]
            await store.put("later", b"")
            await store.delete("a")
            await store.restore(tmp_path / "backup")
            assert [pair async for pair in store.scan()] == before
        async with self.opened(tmp_path / "two") as other:
            await other.put("other", b"")
            await other.restore(tmp_path / "backup")
            assert [pair async for pair in other.scan()] == before

    async def test_damaged_backup_changes_nothing(self, tmp_path: Path) -> None:
        """A backup that is cut, changed or something else entirely is refused before anything is touched.

        If this fails, write a checksum and verify it first.
        """
        async with self.opened(tmp_path / "one") as store:
            await store.put("a", b"1" * 100)
            await store.backup(tmp_path / "backup")
            whole = (tmp_path / "backup").read_bytes()
            middle = len(whole) // 2
            flipped = whole[:middle] + bytes([whole[middle] ^ 0x01]) + whole[middle + 1 :]
            await store.put("a", b"2")
            for damaged in (b"", whole[:-1], whole[:middle], b"nonsense", flipped):
                (tmp_path / "damaged").write_bytes(damaged)
                with pytest.raises(StorageError):
                    await store.restore(tmp_path / "damaged")
                assert [pair async for pair in store.scan()] == [("a", b"2")]
            with pytest.raises(StorageError):
                await store.restore(tmp_path / "absent")

    async def test_content_survives_reopening(self, tmp_path: Path) -> None:
        """A durable store has everything when it is opened again.

        If this fails, something was still in memory when `aclose` returned.
        """
        async with self.opened(tmp_path) as store:
            if "durable" not in store.capabilities:
                pytest.skip("the store is not durable")
            await store.put("a", b"1")
            await store.increment("n", 5)
        async with self.opened(tmp_path) as store:
            assert [pair async for pair in store.scan()] == [("a", b"1"), ("n", b"5")]

    async def test_one_process_has_a_folder(self, tmp_path: Path) -> None:
        """A store that is not shared opens its files once; who comes second is told, and may come again.

        If this fails, hold `llmspell.spec.storage_lock.seize` while the store is open.
        """
        async with self.opened(tmp_path) as store:
            if "durable" not in store.capabilities or "shared" in store.capabilities:
                pytest.skip("the store has no files, or shares them")
            await store.put("a", b"1")
            with pytest.raises(StorageError) as caught:
                await self.open_storage(tmp_path)
            assert caught.value.suggestions
        async with self.opened(tmp_path) as store:
            assert await store.get("a") == b"1"

    async def test_conditions_are_about_what_was_there(self, tmp_path: Path) -> None:
        """A transaction whose condition does not hold changes nothing; its own steps do not count.

        If this fails, look at all conditions before the first step is applied, in the same transaction.
        """
        async with self.opened(tmp_path) as store:
            await store.transaction([Operation("put", "a", b"1"), Operation("absent", "a")])
            for wrong in (Operation("absent", "a"), Operation("check", "a", b"2"), Operation("check", "b", b"")):
                with pytest.raises(StorageConflictError) as caught:
                    await store.transaction([Operation("put", "a", b"2"), Operation("put", "c", b""), wrong])
                assert caught.value.context["key"] == wrong.key
            await store.transaction([Operation("delete", "a"), Operation("check", "a", b"1")])
            assert [pair async for pair in store.scan()] == []

    async def test_of_exchanges_side_by_side_one_wins(self, tmp_path: Path) -> None:
        """Of several tasks that replace what they have read, exactly one does.

        If this fails, the condition is looked at outside of the transaction.
        """
        async with self.opened(tmp_path) as store:

            async def take(number: int) -> bool:
                try:
                    await store.transaction([Operation("absent", "a"), Operation("put", "a", b"%d" % number)])
                except StorageConflictError:
                    return False
                return True

            won = await asyncio.gather(*(take(number) for number in range(20)))
            assert won.count(True) == 1
            assert await store.get("a") == b"%d" % won.index(True)


def _files(folder: Path) -> list[Path]:
    """List the files at any depth of a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def _open_to_others(folder: Path) -> list[Path]:
    """List the files that others may read, and may reach."""
    closed = {path for path in folder.rglob("*") if not path.stat().st_mode & 0o077}
    return [path for path in _files(folder) if closed.isdisjoint({path, *path.parents})]
