"""State against a model: a dict of versions. Whatever is done in whatever order, in two scopes, both agree, also after
the store was opened anew, with a memory so small that values are compressed and let go all the time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StateConflictError
from llmspell.services.state import Ledger
from llmspell.services.state_places import Place
from llmspell.services.state_records import encode

DEPTH = 3
PLACES = (Place("shared"), Place("agent", "spell/one"))
places = st.sampled_from(PLACES)
keys = st.sampled_from(["a", "b", "a.b", "é"])
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just("long " * 400),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip
Version = tuple[int, Any, bool]


class StateMachine(RuleBasedStateMachine):
    """`model[place, key]` is the list of all versions that were ever written, as (version, value, deleted)."""

    @initialize()
    def start(self) -> None:
        self.store = MemoryStorage()
        self.model: dict[tuple[Place, str], list[Version]] = {}
        self.time = 1000.0
        self.open_anew()

    @rule()
    def open_anew(self) -> None:
        async def open_store() -> MemoryStorage:
            return self.store

        self.ledger = Ledger(open_store, lambda: self.time, history=DEPTH, memory=3000)

    def newest(self, place: Place, key: str) -> Version | None:
        versions = self.model.get((place, key))
        return None if not versions or versions[-1][2] else versions[-1]

    def wrote(self, place: Place, key: str, value: Any, *, deleted: bool = False) -> int:
        versions = self.model.setdefault((place, key), [])
        versions.append((versions[-1][0] + 1 if versions else 1, value, deleted))
        return versions[-1][0]

    @rule(place=places, key=keys, value=values)
    def set_value(self, place: Place, key: str, value: Any) -> None:
        version = asyncio.run(self.ledger.set(place, key, encode(key, value)))
        assert version == self.wrote(place, key, value)

    @rule(place=places, key=keys, value=values, expected=st.integers(0, 4))
    def compare_and_set(self, place: Place, key: str, value: Any, expected: int) -> None:
        old = self.newest(place, key)
        work = self.ledger.set(place, key, encode(key, value), expected)
        if expected == (old[0] if old else 0):
            assert asyncio.run(work) == self.wrote(place, key, value)
            return
        with pytest.raises(StateConflictError) as caught:
            asyncio.run(work)
        assert caught.value.context["keys"] == {key: {"expected": expected, "actual": old[0] if old else 0}}

    @rule(place=places, key=keys)
    def delete(self, place: Place, key: str) -> None:
        asyncio.run(self.ledger.set(place, key, None))
        if self.newest(place, key):
            self.wrote(place, key, None, deleted=True)

    @rule(place=places, given=st.dictionaries(keys, values, min_size=1), wrong=st.booleans())
    def commit(self, place: Place, given: dict[str, Any], wrong: bool) -> None:
        versions = {key: (old[0] if (old := self.newest(place, key)) else 0) for key in given}
        if wrong:
            versions[next(iter(given))] += 7
        work = self.ledger.commit(place, {key: encode(key, value) for key, value in given.items()}, versions)
        if wrong:
            with pytest.raises(StateConflictError):
                asyncio.run(work)
            return
        assert asyncio.run(work) == {key: self.wrote(place, key, value) for key, value in given.items()}

    @rule(place=places, key=keys, by=st.integers(-3, 3))
    def increment(self, place: Place, key: str, by: int) -> None:
        old = self.newest(place, key)
        value = old[1] if old else 0
        if isinstance(value, int) and not isinstance(value, bool):
            assert asyncio.run(self.ledger.increment(place, key, by)).value == value + by
            self.wrote(place, key, value + by)

    @rule(place=places)
    def drop(self, place: Place) -> None:
        asyncio.run(self.ledger.drop(place))
        self.model = {at: versions for at, versions in self.model.items() if at[0] != place}

    @rule(place=places, key=keys)
    def read(self, place: Place, key: str) -> None:
        entry, old = asyncio.run(self.ledger.entry(place, key)), self.newest(place, key)
        assert (None if entry is None else (entry.version, entry.value, False)) == old

    @rule(place=places, key=keys)
    def look_back(self, place: Place, key: str) -> None:
        kept = [(one.version, one.value, one.deleted) for one in asyncio.run(self.ledger.history(place, key))]
        assert kept == self.model.get((place, key), [])[: -DEPTH - 1 : -1]

    @rule(place=places, prefix=st.sampled_from(["", "a", "é", "z"]))
    def scan(self, place: Place, prefix: str) -> None:
        async def entries() -> list[tuple[str, int, Any]]:
            return [(one.key, one.version, one.value) async for one in self.ledger.scan(place, prefix)]

        wanted = [
            (key, *found[:2])
            for (where, key) in self.model
            if where == place and key.startswith(prefix) and (found := self.newest(place, key))
        ]
        assert asyncio.run(entries()) == sorted(wanted, key=lambda one: one[0])

    @invariant()
    def memory_is_bounded(self) -> None:
        if hasattr(self, "ledger"):
            assert self.ledger.memory.bytes <= 3000


TestState = StateMachine.TestCase
TestState.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
