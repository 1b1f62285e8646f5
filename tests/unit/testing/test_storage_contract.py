"""The contract holds for the shipped memory store; a store with one fault fails exactly the tests made for it.

The state machine is asked apart, by the steps that show a fault: what hypothesis happens to draw differs with whatever
else the process has imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StorageError
from llmspell.spec.storage_watch import Watchers
from llmspell.spec.storages import Operation, Storage, StorageLimits, StorageStats, merged
from llmspell.testing import StorageContract
from llmspell.testing.storage_machine import DictMachine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path


class TestMemoryStorage(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return MemoryStorage()


class WritesBeforeChecking(MemoryStorage):
    async def transaction(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            await super().transaction([operation])


class LooksAtConditionsInTurn(MemoryStorage):
    async def transaction(self, operations: Sequence[Operation]) -> None:
        before, keys = dict(self._values), list(self._keys)
        try:
            for operation in operations:
                await super().transaction([operation])
        except StorageError:
            self._values, self._keys = before, keys
            raise


class TakesAnySize(MemoryStorage):
    limits = StorageLimits(100, 1000)

    def _checked(self, key: str, value: bytes = b"") -> bytes:
        return bytes(value)


class KeepsQuiet(MemoryStorage):
    async def merge(self, key: str, patch: bytes) -> bytes:
        watchers, self._watchers = self._watchers, Watchers()
        try:
            return await super().merge(key, patch)
        finally:
            self._watchers = watchers


class PretendsToCompact(MemoryStorage):
    async def compact(self) -> None:
        return


class SaysItIsDurable(MemoryStorage):
    capabilities = frozenset({"watch", "durable"})


class BoastsOfMore(MemoryStorage):
    capabilities = frozenset({"watch", "telepathy"})


class TrustsWhatItVerifies(MemoryStorage):
    async def verify(self, backup: Path | None = None) -> StorageStats:
        return await super().stats()


class ExchangesInTwoSteps(MemoryStorage):
    async def transaction(self, operations: Sequence[Operation]) -> None:
        import asyncio

        await super().transaction([one for one in operations if one.verb in ("check", "absent")])
        await asyncio.sleep(0)
        await super().transaction([one for one in operations if one.verb not in ("check", "absent")])


class ReversesTransactions(MemoryStorage):
    async def transaction(self, operations: Sequence[Operation]) -> None:
        await super().transaction(operations[::-1])


class CountsFromNothingOnBadData(MemoryStorage):
    async def increment(self, key: str, by: int = 1) -> int:
        try:
            return await super().increment(key, by)
        except StorageError:
            await self.put(key, str(by).encode())
            return by


class ReadsLiveDuringScan(MemoryStorage):
    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        frozen = [key async for key, _ in super().scan(prefix, start=start, end=end)]
        for key in frozen:
            if (value := await self.get(key)) is not None:
                yield key, value


class SortsLikeUtf16(MemoryStorage):
    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        pairs = [pair async for pair in super().scan(prefix, start=start, end=end)]
        for pair in sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")):
            yield pair


class RestoresOnTop(MemoryStorage):
    async def restore(self, source: Path) -> None:
        before = dict(self._values)
        await super().restore(source)
        for key in before.keys() - self._values.keys():
            await self.put(key, before[key])


class TrustsBackups(MemoryStorage):
    async def restore(self, source: Path) -> None:
        try:
            await super().restore(source)
        except StorageError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise


class MiscountsBytes(MemoryStorage):
    async def stats(self) -> StorageStats:
        keys, size, _ = await super().stats()
        return StorageStats(keys, size + keys)


class LosesConcurrentIncrements(MemoryStorage):
    async def increment(self, key: str, by: int = 1) -> int:
        import asyncio

        old = await self.get(key)
        if old is not None and not old.removeprefix(b"-").isdigit():
            raise StorageError("no counter")
        await asyncio.sleep(0)
        new = int(old or b"0") + by
        await self.put(key, str(new).encode())
        return new


class LosesConcurrentMerges(MemoryStorage):
    async def merge(self, key: str, patch: bytes) -> bytes:
        import asyncio

        new = merged(key, await self.get(key), patch)
        await asyncio.sleep(0)
        await self.put(key, new)
        return new


class MergesIntoAnything(MemoryStorage):
    async def merge(self, key: str, patch: bytes) -> bytes:
        try:
            return await super().merge(key, patch)
        except StorageError:
            await self.put(key, patch)
            return patch


class ReplacesInsteadOfMerging(MemoryStorage):
    async def merge(self, key: str, patch: bytes) -> bytes:
        new = merged(key, await self.get(key), patch)
        await self.put(key, patch)
        return new


class StripsZeros(MemoryStorage):
    def _checked(self, key: str, value: bytes = b"") -> bytes:
        return super()._checked(key, value).lstrip(b"\0")


class KeepsWhatConditionsRemove(MemoryStorage):
    async def transaction(self, operations: Sequence[Operation]) -> None:
        asks = any(one.verb in ("check", "absent") for one in operations)
        await super().transaction([one for one in operations if not asks or one.verb != "delete"])


class CountsOneTooMany(MemoryStorage):
    async def stats(self) -> StorageStats:
        keys, size, _ = await super().stats()
        return StorageStats(keys + 1, size)


class Quick(StorageContract):
    settings = settings(
        parent=StorageContract.settings,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    patience = 0.1


DICT = "test_store_is_a_sorted_dict"
CONDITIONS = "test_conditions_are_about_what_was_there"
SIZES = "test_limits_are_what_the_store_says"
CODECS = "test_what_was_written_through_codecs_is_read_without_them"
ENDED = "test_what_ended_is_removed"
OVERWRITTEN = "test_a_backup_is_never_written_over_the_store"
LARGE = "test_large_values_are_written_and_read_in_every_way"
COUNTS = "test_verifying_counts_and_finds_damage"
DIRECT = {name for name in dir(StorageContract) if name.startswith("test_")} - {DICT}
"""All but the machine."""


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (WritesBeforeChecking, {"test_transaction_is_all_or_nothing", CONDITIONS, SIZES}),
        (LooksAtConditionsInTurn, {CONDITIONS}),
        (ExchangesInTwoSteps, {"test_of_exchanges_side_by_side_one_wins"}),
        (TakesAnySize, {SIZES, "test_keys_are_text"}),
        (KeepsQuiet, {"test_watchers_are_told_of_changes"}),
        (PretendsToCompact, {"test_compacting_keeps_everything"}),
        (BoastsOfMore, {"test_capabilities_are_known"}),
        (TrustsWhatItVerifies, {COUNTS}),
        (ReversesTransactions, {"test_transaction_applies_in_order"}),
        (CountsFromNothingOnBadData, {"test_increment_refuses_what_is_no_number"}),
        (ReadsLiveDuringScan, {"test_scan_sees_one_moment"}),
        (SortsLikeUtf16, {"test_keys_sort_by_their_bytes"}),
        (RestoresOnTop, {"test_backup_and_restore"}),
        (TrustsBackups, {"test_damaged_backup_changes_nothing"}),
        (MiscountsBytes, {COUNTS}),
        (LosesConcurrentIncrements, {"test_increments_side_by_side_are_all_counted"}),
        (LosesConcurrentMerges, {"test_merges_side_by_side_are_all_kept"}),
        (MergesIntoAnything, {"test_merge_refuses_what_is_no_json"}),
        (ReplacesInsteadOfMerging, {"test_merges_side_by_side_are_all_kept", LARGE}),
        (StripsZeros, {COUNTS, LARGE, CODECS, ENDED}),
        (KeepsWhatConditionsRemove, {CONDITIONS, ENDED}),
        (SaysItIsDurable, {"test_content_survives_reopening", "test_one_process_has_a_folder", OVERWRITTEN}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_fault_is_found(failing: Any, broken: type, expected: set[str]) -> None:
    assert failing(_contract(broken), DIRECT) == expected


def _contract(kind: type) -> type[StorageContract]:
    class Checked(Quick):
        async def open_storage(self, folder: Path) -> Storage:
            made: Storage = kind()
            return made

    return Checked


def _reversed(machine: Any) -> None:
    machine.transaction([Operation("put", "a", b"1"), Operation("put", "a", b"2")])


def _half_refused(machine: Any) -> None:
    machine.conditional([Operation("put", "a", b"1")], Operation("check", "a", b"0"))


def _two_planes(machine: Any) -> None:
    machine.put("\uffff", b"")
    machine.put("\U0001f34b", b"")


def _restored(machine: Any) -> None:
    machine.backup()
    machine.put("a", b"1")
    machine.restore()


def _merged(machine: Any) -> None:
    machine.merge("a", {"x": 1})
    machine.merge("a", {"y": 1})


def _written(machine: Any) -> None:
    machine.put("a", b"1")


def _reopened(machine: Any) -> None:
    machine.put("a", b"1")
    machine.reopen()


@pytest.mark.parametrize(
    ("broken", "steps"),
    [
        (WritesBeforeChecking, _half_refused),
        (ReversesTransactions, _reversed),
        (SortsLikeUtf16, _two_planes),
        (RestoresOnTop, _restored),
        (MiscountsBytes, _written),
        (ReplacesInsteadOfMerging, _merged),
        (SaysItIsDurable, _reopened),
    ],
    ids=lambda value: value.__name__.strip("_"),
)
def test_the_machine_finds_a_fault_by_these_steps(broken: type, steps: Callable[[Any], None]) -> None:
    _walked(MemoryStorage, steps)
    with pytest.raises(AssertionError):
        _walked(broken, steps)


def _walked(kind: type, steps: Callable[[Any], None]) -> None:
    """Let the machine take some steps and compare at their end."""

    class Machine(DictMachine):
        async def open(self, folder: Path) -> Storage:
            made: Storage = kind()
            return made

    machine = Machine()
    try:
        machine._open()
        steps(machine)
        machine.agrees()
    finally:
        machine.teardown()


def test_the_machine_is_run(failing: Any) -> None:
    assert failing(_contract(CountsOneTooMany), {DICT}) == {DICT}


def test_a_contract_needs_its_store(failing: Any) -> None:
    class Forgotten(StorageContract): ...

    assert DICT in failing(Forgotten)
