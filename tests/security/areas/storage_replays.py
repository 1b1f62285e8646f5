"""What an encrypted store held once, put back: none of it may be read as if it were what was written last."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from llmspell.errors import EncryptionError
from llmspell.spec.encryptions import KEYS, LIST, is_listing
from llmspell.spec.storages import Operation
from tests.security.areas.storage_edits import all_of, copied, filled, needs, opened
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.store_sealed import SealedStorage
    from tests.security.probe import Stage

    Stored = dict[str, bytes]
    Change = dict[str, bytes | None]
    """What is put in, by key; None for what is removed."""

EACH = 40
STATES = 12
MANY = 150


class Memory:
    """An anchor of which nothing but the last state is known."""

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data

    def read(self) -> bytes | None:
        return self.data

    def write(self, data: bytes) -> None:
        self.data = data


class World:
    """All that a store held, state after state; at the end also what that means, and what its anchor knows."""

    def __init__(self, states: list[Stored], values: Stored, anchor: bytes | None) -> None:
        self.states = states
        self.now = states[-1]
        self.values = values
        self.anchor = anchor

    def differing(self, chance: random.Random, *, there: bool | None = None) -> tuple[Stored, str]:
        """Give an earlier state, and a key that had another value in it; `there` tells whether it is there now."""
        while True:
            state = chance.choice(self.states[:-1])
            keys = sorted(key for key, data in state.items() if key.startswith("k") and self.now.get(key) != data)
            keys = [key for key in keys if there is None or (key in self.now) == there]
            if keys:
                return state, chance.choice(keys)


def _list(state: Stored) -> Stored:
    return {key: data for key, data in state.items() if is_listing(key)}


def _part(state: Stored, key: str) -> str:
    """Name the part of the list that a key belongs to."""
    return max(name for name in _list(state) if name[len(LIST) + 1 :] <= key)


def value(world: World, chance: random.Random) -> Change:
    state, key = world.differing(chance, there=True)
    return {key: state[key]}


def value_and_part(world: World, chance: random.Random) -> Change:
    state, key = world.differing(chance)
    part = _part(state, key)
    return {key: state[key], part: state[part]}


def value_and_index(world: World, chance: random.Random) -> Change:
    state, key = world.differing(chance)
    return {key: state[key], LIST: state[LIST]}


def value_and_list(world: World, chance: random.Random) -> Change:
    state, key = world.differing(chance)
    return {**dict.fromkeys(_list(world.now)), key: state[key], **_list(state)}


def part(world: World, chance: random.Random) -> Change:
    while True:
        state = chance.choice(world.states[:-1])
        name = chance.choice(sorted(set(_list(state)) - {LIST}))
        if state[name] != world.now.get(name):
            return {name: state[name]}


def part_removed(world: World, chance: random.Random) -> Change:
    return {chance.choice(sorted(set(_list(world.now)) - {LIST})): None}


def index(world: World, chance: random.Random) -> Change:
    return {LIST: chance.choice(world.states[:-1])[LIST]}


def index_removed(world: World, chance: random.Random) -> Change:
    key = chance.choice(sorted(key for key in world.now if key.startswith("k")))
    return {LIST: None, key: chance.choice(world.states).get(key)}


def list_removed(world: World, chance: random.Random) -> Change:
    state, key = world.differing(chance)
    return {**dict.fromkeys(_list(world.now)), key: state[key]}


def removed(world: World, chance: random.Random) -> Change:
    return {chance.choice(sorted(key for key in world.now if key.startswith("k"))): None}


def returned(world: World, chance: random.Random) -> Change:
    state, key = world.differing(chance, there=False)
    return {key: state[key]}


def swapped(world: World, chance: random.Random) -> Change:
    one, other = chance.sample(sorted(key for key in world.now if key.startswith("k")), 2)
    return {one: world.now[other], other: world.now[one]}


def doubled(world: World, chance: random.Random) -> Change:
    key = chance.choice(sorted(key for key in world.now if key.startswith("k")))
    return {f"{key}x": world.now[key]}


def whole(world: World, chance: random.Random) -> Change:
    state = chance.choice(world.states[:-1])
    return {**dict.fromkeys(world.now), **state}


def emptied(world: World, chance: random.Random) -> Change:
    left = chance.choice([set(), {KEYS}, {KEYS, LIST}])
    return dict.fromkeys(set(world.now) - left)


CHANGES: dict[str, Callable[[World, random.Random], Change]] = {
    change.__name__: change
    for change in (
        value,
        value_and_part,
        value_and_index,
        value_and_list,
        part,
        part_removed,
        index,
        index_removed,
        list_removed,
        removed,
        returned,
        swapped,
        doubled,
        whole,
        emptied,
    )
}


def load() -> list[Case]:
    """Give the cases, which differ by the seed that says what is put back from which time."""
    return [Case(f"{kind}_{seed:03}", {"kind": kind, "seed": seed}) for seed in range(EACH) for kind in CHANGES]


async def made(_stage: Stage) -> World:
    """Write, remove and encrypt anew, and keep every state; the list has several parts."""
    from llmspell_encryption.sealing import OpenSeal

    anchor = Memory()
    inner = await filled()
    store = await opened(inner, anchor)
    await store.transaction([Operation("put", f"k{number:03} of many", b"first") for number in range(MANY)])
    states = [await all_of(inner)]
    chance = random.Random("states")
    keys = sorted(key for key in states[0] if key.startswith("k"))
    for state in range(STATES):
        for key in chance.sample(keys, MANY // 2):
            await (store.delete(key) if chance.random() < 0.2 else store.put(key, b"state %d" % state))
        if state == STATES // 2:
            seal = store._seal
            assert isinstance(seal, OpenSeal)
            await seal.rotate(lambda _: None, 0.0, reencrypt=False)
        states.append(await all_of(inner))
    await store.closed()
    return World(states, await _scanned(store, ""), anchor.data)


async def replay(case: Case, stage: Stage) -> str | None:
    """Change a copy of the store, and read it: by a store that is open, and by one that is opened with the anchor."""
    world = await stage.once("world", made)
    chance = random.Random(f"{case.data['kind']} {case.data['seed']}")
    changed: Change = {}
    while all(world.now.get(key) == data for key, data in changed.items()):
        changed = CHANGES[case.data["kind"]](world, chance)
    inner = await copied(world.now)
    store = await opened(inner, Memory(world.anchor))
    if chance.random() < 0.5:  # what was read is kept in memory, what was not must be read from what was changed
        await store.stats()
    for key, data in changed.items():
        await (inner.delete(key) if data is None else inner.put(key, data))
    if (failed := await _tried(store, world, changed)) is not None:
        return f"open: {failed}"
    try:
        anew = await opened(inner, Memory(world.anchor))
    except EncryptionError:
        return None
    failed = await _tried(anew, world, changed)
    return None if failed is None else f"opened anew: {failed}"


async def _tried(store: SealedStorage, world: World, changed: Change) -> str | None:
    """Read what was changed in every way, and all else in one; a text when something is not refused and not right."""
    for key in [key for key, data in changed.items() if key.startswith("k") and data != world.now.get(key)][:5]:
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "get": lambda key=key: store.get(key),  # type: ignore[misc]
            "exists": lambda key=key: store.exists(key),  # type: ignore[misc]
            "get_batch": lambda key=key: store.get_batch(["k00", key]),  # type: ignore[misc]
            "scan": lambda key=key: _scanned(store, key),  # type: ignore[misc]
            "if absent": lambda key=key: store.transaction([Operation("absent", key), Operation("put", "new", b"1")]),  # type: ignore[misc]
            "increment": lambda key=key: store.increment(key),  # type: ignore[misc]
        }
        for way, read in ways.items():
            if (found := await _unless_refused(read)) is not None:
                return f"{way} of {key!r} gave {found!r:.60}"
    for key in {key for state in world.states for key in state if key.startswith("k")}:
        found = await _unless_refused(lambda key=key: store.get_batch([key]))  # type: ignore[misc]
        if found is not None and found != {name: value for name, value in world.values.items() if name == key}:
            return f"{key!r} was read as {found!r:.60}"
    found = await _unless_refused(store.verify)
    return None if found is None else f"the whole was counted: {found!r}"


async def _unless_refused(read: Callable[[], Awaitable[object]]) -> object:
    """Give what is read, None for what is refused."""
    try:
        return repr(found) if (found := await read()) is None else found
    except EncryptionError:
        return None


async def _scanned(store: SealedStorage, prefix: str) -> Stored:
    return {key: data async for key, data in store.scan(prefix)}


AREA = Area(
    "storage_replays",
    promise="G16",
    title="Encrypted stores put back to what they were",
    how="a store is written, removed from and given a new key through 13 states; then values, parts of its list, the "
    "list, or all of it are put back from an earlier state, removed, swapped or doubled, and read in six ways by a "
    "store that is open, and by one that is opened then and has an anchor elsewhere. A value that is neither refused "
    "nor the latest counts as failed, and so does a whole that is verified. A store that was put back whole and is "
    "opened without an anchor is not found out, and is not tried",
    load=load,
    try_=replay,
    needs=needs,
    sample=75,
)
