"""The contract of a size limit holds for a store that keeps one, and finds those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StorageFullError
from llmspell.testing import StorageContract
from llmspell.testing.storage_contract_room import StorageRoomContract

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmspell.spec.storages import Operation, Storage

KEPT: dict[Path, dict[str, bytes]] = {}
"""What lies in a folder."""


class Limited(MemoryStorage):
    capabilities = frozenset({"watch", "size_limit"})

    def __init__(self, size: int = 1 << 30, values: dict[str, bytes] | None = None) -> None:
        super().__init__()
        self.size = size
        self._values = {} if values is None else values
        self._keys = sorted(self._values)
        self.used = sum(map(len, self._values.values()))

    def _set(self, key: str, value: bytes | None) -> bool:
        self.used += len(value or b"") - self.replaced(key)
        return super()._set(key, value)

    def replaced(self, key: str) -> int:
        return len(self._values.get(key, b""))

    def check_room(self, pairs: dict[str, bytes]) -> None:
        growth = sum(len(value) - self.replaced(key) for key, value in pairs.items())
        if growth > 0 and self.used + growth > self.size:
            raise StorageFullError("no room", suggestions=["remove something"])

    async def put(self, key: str, value: bytes) -> None:
        self.check_room({key: value})
        await super().put(key, value)

    async def transaction(self, operations: Sequence[Operation]) -> None:
        self.check_room({one.key: one.value for one in operations if one.verb == "put"})
        await super().transaction(operations)

    async def aclose(self) -> None:
        self._watchers.close()


class MergesBeyond(Limited):
    async def merge(self, key: str, patch: bytes) -> bytes:
        size, self.size = self.size, 1 << 30
        try:
            return await super().merge(key, patch)
        finally:
            self.size = size


class TransactsBeyond(Limited):
    async def transaction(self, operations: Sequence[Operation]) -> None:
        await MemoryStorage.transaction(self, operations)


class CountsWhatIsGone(Limited):
    def replaced(self, key: str) -> int:
        return 0


class CountsFromNothing(Limited):
    def __init__(self, size: int = 1 << 30, values: dict[str, bytes] | None = None) -> None:
        super().__init__(size, values)
        self.used = 0


class LocksWhatIsFull(Limited):
    async def delete(self, key: str) -> bool:
        self.check_room({key: bytes(1 << 20)})
        return await super().delete(key)


FULL = "test_a_full_store_refuses_and_goes_on"
WAYS = "test_a_full_store_refuses_whatever_makes_it_larger"
OVER = "test_writing_over_is_no_growth"
AGAIN = "test_a_store_that_is_opened_again_is_as_full_as_before"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Limited, set()),
        (MergesBeyond, {WAYS}),
        (TransactsBeyond, {FULL, WAYS, AGAIN}),
        (CountsWhatIsGone, {FULL, OVER}),
        (CountsFromNothing, {AGAIN}),
        (LocksWhatIsFull, {FULL, AGAIN}),
    ],
)
def test_a_limit_that_is_not_kept_is_found(failing: Any, kind: type[Limited], expected: set[str]) -> None:
    class Checked(StorageContract):
        async def open_storage(self, folder: Path) -> Storage:
            return kind()

        async def open_limited(self, folder: Path, size: int) -> Storage:
            return kind(size, KEPT.setdefault(folder, {}))

    room = {name for name in vars(StorageRoomContract) if name.startswith("test_")}
    assert failing(Checked, room) == expected
