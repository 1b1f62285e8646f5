"""Several ledgers on one store that they share, as processes do: each step of one may come between two of another.

A store lets nobody do two things at once but between any two of its calls; the machine decides who goes on. Whatever
it decides, versions are compared with what is there, no write is lost, and what all of them did has an order.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StateConflictError
from llmspell.services.state import Ledger
from llmspell.services.state_places import HISTORY, STATE, Place
from llmspell.services.state_records import encode, head_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from llmspell.spec.storages import Operation

DEPTH = 3
PLACE = Place("shared")
KEYS = ("a", "b")
keys = st.sampled_from(KEYS)
ledgers = st.sampled_from([0, 1, 2])


class Server:
    """What the ledgers share, and the calls that wait for their turn there."""

    def __init__(self) -> None:
        self.store = MemoryStorage()
        self.waiting: list[asyncio.Event] = []
        self.versions: dict[str, list[int]] = {key: [] for key in KEYS}

    async def turn(self) -> None:
        event = asyncio.Event()
        self.waiting.append(event)
        await event.wait()

    def wrote(self, operations: Sequence[Operation]) -> None:
        for one in operations:
            if one.verb == "put" and one.key.startswith(PLACE.prefix):
                self.versions[one.key[len(PLACE.prefix) :]].append(head_of(one.key, one.value).version)


class SharedStorage:
    """One process's client: every call waits until the machine lets it through."""

    capabilities = frozenset({"durable", "shared"})

    def __init__(self, server: Server) -> None:
        self.server = server

    async def get(self, key: str) -> bytes | None:
        await self.server.turn()
        return await self.server.store.get(key)

    async def get_batch(self, names: Sequence[str]) -> dict[str, bytes]:
        await self.server.turn()
        return await self.server.store.get_batch(names)

    async def transaction(self, operations: Sequence[Operation]) -> None:
        await self.server.turn()
        await self.server.store.transaction(operations)
        self.server.wrote(operations)

    async def scan(self, prefix: str = "") -> AsyncIterator[tuple[str, bytes]]:
        await self.server.turn()
        async for pair in self.server.store.scan(prefix):
            yield pair


class SharedMachine(RuleBasedStateMachine):
    """Begin works on any of three ledgers, let calls through in any order, and look at what is there."""

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.Runner()
        self.server = Server()
        self.working: list[asyncio.Task[Any]] = []
        self.added = dict.fromkeys(KEYS, 0)
        self.ledgers = [self.ledger(number) for number in range(3)]

    def ledger(self, number: int) -> Ledger:
        async def open_store() -> Any:
            return SharedStorage(self.server)

        return Ledger(open_store, lambda: 1000.0 + number, history=DEPTH)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            try:
                self.finish()
            finally:
                self.loop.close()

    def begin(self, work: Any) -> None:
        async def started() -> asyncio.Task[Any]:
            task = asyncio.create_task(work)
            await asyncio.sleep(0)
            return task

        self.working.append(self.loop.run(started()))

    @rule(ledger=ledgers, key=keys, by=st.integers(1, 3))
    def increment(self, ledger: int, key: str, by: int) -> None:
        self.added[key] += by
        self.begin(self.ledgers[ledger].increment(PLACE, key, by))

    @rule(ledger=ledgers, key=keys, by=st.integers(1, 3))
    def read_and_exchange(self, ledger: int, key: str, by: int) -> None:
        """What `State.update` does, by versions that may be old when they are compared."""
        self.added[key] += by

        async def work() -> None:
            while True:
                old = await self.ledgers[ledger].entry(PLACE, key)
                value, version = (old.value, old.version) if old else (0, 0)
                try:
                    await self.ledgers[ledger].set(PLACE, key, encode(key, value + by), version)
                except StateConflictError:
                    continue
                return

        self.begin(work())

    @rule(ledger=ledgers, by=st.integers(1, 3))
    def move(self, ledger: int, by: int) -> None:
        """Take from one key and give to the other, all or nothing."""
        first, second = KEYS
        self.added[first] -= by
        self.added[second] += by

        async def work() -> None:
            while True:
                found = [await self.ledgers[ledger].entry(PLACE, key) for key in KEYS]
                values = [one.value if one else 0 for one in found]
                versions = {key: one.version if one else 0 for key, one in zip(KEYS, found, strict=True)}
                changes = {first: encode(first, values[0] - by), second: encode(second, values[1] + by)}
                try:
                    await self.ledgers[ledger].commit(PLACE, changes, versions)
                except StateConflictError:
                    continue
                return

        self.begin(work())

    @precondition(lambda self: self.server.waiting)
    @rule(data=st.data())
    def let_through(self, data: st.DataObject) -> None:
        chosen = data.draw(st.integers(0, len(self.server.waiting) - 1))
        self.step(chosen)

    def step(self, chosen: int) -> None:
        async def through() -> None:
            self.server.waiting.pop(chosen).set()
            for _ in range(20):  # until everybody waits for the next turn, or has ended
                await asyncio.sleep(0)

        self.loop.run(through())

    @rule()
    def finish(self) -> None:
        """Let everybody come to an end: nothing that was added is lost, and all versions count up."""
        while self.server.waiting:
            self.step(0)
        for task in self.working:
            assert task.done()
            task.result()
        self.working.clear()
        store = self.server.store
        for key in KEYS:
            data = self.loop.run(store.get(PLACE.prefix + key))
            assert (0 if data is None else int(head_of(key, data).raw or b"0")) == self.added[key]

    @rule(key=keys)
    def look_back(self, key: str) -> None:
        """The history has the last versions, and nothing else."""
        self.finish()

        async def work() -> list[int]:
            return [one.version for one in await self.ledgers[0].history(PLACE, key)]

        self.begin(work())
        task = self.working[-1]
        self.finish()
        assert task.result() == self.server.versions[key][: -DEPTH - 1 : -1]

    @rule(ledger=ledgers)
    def drop(self, ledger: int) -> None:
        """Forget everything: nothing is left, and versions begin anew."""
        self.finish()
        self.begin(self.ledgers[ledger].drop(PLACE))
        self.added = dict.fromkeys(KEYS, 0)
        self.server.versions = {key: [] for key in KEYS}
        self.finish()
        assert self.loop.run(self.records()) == []

    async def records(self) -> list[str]:
        return [name async for name, _ in self.server.store.scan() if name.startswith((STATE, HISTORY))]

    @invariant()
    def versions_count_up_one_by_one(self) -> None:
        if hasattr(self, "server"):
            for versions in self.server.versions.values():
                assert versions == list(range(1, len(versions) + 1))

    @invariant()
    def nothing_is_held_in_memory(self) -> None:
        if hasattr(self, "ledgers"):
            assert all(one.memory.heads == 0 for one in self.ledgers)


TestShared = SharedMachine.TestCase
TestShared.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
