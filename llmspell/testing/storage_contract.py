"""The contract of a storage back end: it behaves as a sorted dict that survives, under any sequence of calls."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from llmspell.errors import StorageError
from llmspell.spec.storages import Operation, merged
from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from llmspell.spec.storages import Storage

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\x1f"), min_size=1, max_size=8) | st.sampled_from(
    ["a", "b", "a/1", "a/2", "a/10", "é", "🍋", "\uffff"]
)
VALUES = st.binary(max_size=64)
OPERATIONS = st.lists(
    st.builds(Operation, st.just("put"), KEYS, VALUES) | st.builds(Operation, st.just("delete"), KEYS), max_size=5
)
PATCHES = st.recursive(
    st.dictionaries(st.sampled_from("xyz"), st.none() | st.integers(0, 9) | st.text(max_size=3), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner | st.none(), max_size=3),
    max_leaves=4,
)
STEPS = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


class StorageContract(Contract):
    """Check a storage back end.

    class TestMemory(StorageContract):
        async def open_storage(self, folder):
            return MemoryStorage()
    """

    durable = False
    """Whether what was written is there when the same folder is opened again."""

    settings = STEPS
    """How long the state machine searches."""

    async def open_storage(self, folder: Path) -> Storage:
        """Give an open, empty store whose files lie in a folder, or the one that is there already."""
        raise NotImplementedError(f"{type(self).__name__} must say how to open its storage")

    @contextlib.asynccontextmanager
    async def opened(self, folder: Path) -> AsyncIterator[Storage]:
        """Open a store for a block."""
        store = await self.open_storage(folder)
        try:
            yield store
        finally:
            await store.aclose()

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
        if not self.durable:
            pytest.skip("the store is not durable")
        async with self.opened(tmp_path) as store:
            await store.put("a", b"1")
            await store.increment("n", 5)
        async with self.opened(tmp_path) as store:
            assert [pair async for pair in store.scan()] == [("a", b"1"), ("n", b"5")]


class DictMachine(RuleBasedStateMachine):
    """Compare a store with a dict, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, bytes] = {}
        self.folder = tempfile.TemporaryDirectory(prefix="llmspell-test-")
        self.loop = asyncio.Runner()
        self.store: Storage | None = None

    def open(self, folder: Path) -> Coroutine[Any, Any, Storage]:
        """Open the store under test."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run one call of the store to its end."""
        return self.loop.run(work)

    @property
    def live(self) -> Storage:
        """Give the open store."""
        assert self.store is not None
        return self.store

    @initialize()
    def _open(self) -> None:
        self.store = self.run(self.open(Path(self.folder.name)))

    @rule(key=KEYS, value=VALUES)
    def put(self, key: str, value: bytes) -> None:
        """Write."""
        self.run(self.live.put(key, value))
        self.model[key] = value

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        """Remove, and be told whether it was there."""
        assert self.run(self.live.delete(key)) is (self.model.pop(key, None) is not None)

    @rule(key=KEYS, by=st.integers(-(2**70), 2**70))
    def increment(self, key: str, by: int) -> None:
        """Count, from nothing or from a number."""
        if key in self.model and not self.model[key].removeprefix(b"-").isdigit():
            return
        expected = int(self.model.get(key, b"0")) + by
        assert self.run(self.live.increment(key, by)) == expected
        self.model[key] = str(expected).encode()

    @rule(key=KEYS, patch=PATCHES)
    def merge(self, key: str, patch: dict[str, Any]) -> None:
        """Change a document, from nothing or from another one."""
        try:
            expected = merged(key, self.model.get(key), json.dumps(patch).encode())
        except StorageError:
            return
        assert self.run(self.live.merge(key, json.dumps(patch).encode())) == expected
        self.model[key] = expected

    @rule(operations=OPERATIONS)
    def transaction(self, operations: list[Operation]) -> None:
        """Apply several operations at once."""
        self.run(self.live.transaction(operations))
        for verb, key, value in operations:
            if verb == "put":
                self.model[key] = value
            else:
                self.model.pop(key, None)

    @rule(keys=st.lists(KEYS, max_size=5))
    def get_batch(self, keys: list[str]) -> None:
        """Read several; absent keys are left out."""
        expected = {key: self.model[key] for key in keys if key in self.model}
        assert self.run(self.live.get_batch(keys)) == expected

    @rule(prefix=st.text(max_size=2) | st.sampled_from(["a", "a/"]), start=KEYS, end=st.none() | KEYS)
    def scan(self, prefix: str, start: str, end: str | None) -> None:
        """Read a range, in key order."""
        expected = [
            (key, value)
            for key, value in sorted(self.model.items(), key=lambda pair: pair[0].encode())
            if key.startswith(prefix)
            and start.encode() <= key.encode()
            and (end is None or key.encode() < end.encode())
        ]
        assert self.run(_listed(self.live.scan(prefix, start=start, end=end))) == expected

    @invariant()
    def agrees(self) -> None:
        """Hold exactly what the dict holds, by every way of asking."""
        if self.store is None:
            return
        pairs = sorted(self.model.items(), key=lambda pair: pair[0].encode())
        assert self.run(_listed(self.store.scan())) == pairs
        stats = self.run(self.store.stats())
        assert stats.keys == len(pairs)
        assert stats.bytes == sum(len(key.encode()) + len(value) for key, value in pairs)
        for key, value in pairs[:1]:
            assert self.run(self.store.get(key)) == value
            assert self.run(self.store.exists(key)) is True

    def teardown(self) -> None:
        """Close everything."""
        if self.store is not None:
            self.run(self.store.aclose())
        self.loop.close()
        self.folder.cleanup()


async def _listed(pairs: AsyncIterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [pair async for pair in pairs]
