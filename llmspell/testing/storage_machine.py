"""A store beside a dict: whatever is called in whatever order, both hold the same."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from llmspell.errors import StorageConflictError, StorageError
from llmspell.spec.storages import Operation, merged

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
CONDITIONS = st.builds(Operation, st.just("absent"), KEYS) | st.builds(Operation, st.just("check"), KEYS, VALUES)
PATCHES = st.recursive(
    st.dictionaries(st.sampled_from("xyz"), st.none() | st.integers(0, 9) | st.text(max_size=3), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner | st.none(), max_size=3),
    max_leaves=4,
)
STEPS = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


class DictMachine(RuleBasedStateMachine):
    """Compare a store with a dict, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, bytes] = {}
        self.backed_up: dict[str, bytes] | None = None
        self.folder = tempfile.TemporaryDirectory(prefix="llmspell-test-")
        self.loop = asyncio.Runner()
        self.store: Storage | None = None

    def open(self, folder: Path) -> Coroutine[Any, Any, Storage]:
        """Open the store under test."""
        raise NotImplementedError

    @property
    def saved(self) -> Path:
        """Give the place of the backup."""
        return Path(self.folder.name) / "saved"

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
        self._apply(operations)

    @rule(operations=OPERATIONS, condition=CONDITIONS)
    def conditional(self, operations: list[Operation], condition: Operation) -> None:
        """Apply several operations at once if a condition holds."""
        if self._holds(condition):
            self.run(self.live.transaction([condition, *operations]))
            self._apply(operations)
        else:
            with pytest.raises(StorageConflictError):
                self.run(self.live.transaction([*operations, condition]))

    def _apply(self, operations: list[Operation]) -> None:
        for verb, key, value in operations:
            if verb == "put":
                self.model[key] = value
            else:
                self.model.pop(key, None)

    def _holds(self, one: Operation) -> bool:
        """Tell whether the condition that a step may be is met."""
        if one.verb == "check":
            return self.model.get(one.key) == one.value
        return one.verb != "absent" or one.key not in self.model

    @precondition(lambda self: bool(self.model))
    @rule(data=st.data(), value=VALUES)
    def exchange(self, data: st.DataObject, value: bytes) -> None:
        """Replace a value that was read, and then not again what is no longer there."""
        key = data.draw(st.sampled_from(sorted(self.model)))
        steps = [Operation("check", key, self.model[key]), Operation("put", key, value)]
        self.run(self.live.transaction(steps))
        self.model[key] = value
        if steps[0].value != value:
            with pytest.raises(StorageConflictError):
                self.run(self.live.transaction(steps))

    @rule()
    def compact(self) -> None:
        """Give room back, where a store can."""
        if "compact" in self.live.capabilities:
            self.run(self.live.compact())

    @rule()
    def reopen(self) -> None:
        """Close the store and open it again, where it remembers."""
        if "durable" in self.live.capabilities:
            self.run(self.live.aclose())
            self.store = self.run(self.open(Path(self.folder.name)))

    @rule()
    def backup(self) -> None:
        """Write a backup, in the place of the last one."""
        self.run(self.live.backup(self.saved))
        self.backed_up = dict(self.model)

    @precondition(lambda self: self.backed_up is not None)
    @rule()
    def restore(self) -> None:
        """Go back to the last backup."""
        assert self.backed_up is not None
        self.run(self.live.restore(self.saved))
        self.model = dict(self.backed_up)

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
        assert self.run(self.store.verify())[:2] == stats[:2]
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
