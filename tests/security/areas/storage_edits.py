"""Changes of what is stored encrypted: none may be read as if it were what was written."""

from __future__ import annotations

import os
import random
from importlib.util import find_spec
from typing import TYPE_CHECKING

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import EncryptionError
from llmspell.runtime.store_anchor import Remembered
from llmspell.runtime.store_listed import ListedStorage
from llmspell.runtime.store_sealed import SealedStorage
from llmspell.runtime.store_wrappers import make_coded
from llmspell.spec.encryptions import KEYS
from llmspell.spec.storage_codecs import MARK, Compressed, Layers
from llmspell.spec.storages import Operation
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.encryptions import Anchor
    from tests.security.probe import Stage

EACH = 150
VALUES = 20
LARGEST = 1 << 20

Stored = dict[str, bytes]


class World:
    """What a case may take from: the store, itself before its values were encrypted anew, and another store."""

    def __init__(self, mine: Stored, before: Stored, other: Stored) -> None:
        self.mine = mine
        self.before = before
        self.other = other


def _any(stored: Stored, chance: random.Random) -> str:
    return chance.choice(sorted(key for key in stored if key.startswith("k")))


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def flip(world: World, chance: random.Random) -> Stored:
    key = _any(world.mine, chance)
    return {key: _flip(world.mine[key], chance)}


def cut(world: World, chance: random.Random) -> Stored:
    key = _any(world.mine, chance)
    data = world.mine[key]
    at = chance.randrange(len(data))
    return {key: chance.choice([data[:at], data[at + 1 :], data[:at] + data[at + 1 :]])}


def grow(world: World, chance: random.Random) -> Stored:
    key = _any(world.mine, chance)
    more = chance.randbytes(chance.randrange(1, 20))
    return {key: chance.choice([world.mine[key] + more, more + world.mine[key]])}


def swap(world: World, chance: random.Random) -> Stored:
    one, other = chance.sample(sorted(key for key in world.mine if key.startswith("k")), 2)
    return {one: world.mine[other], other: world.mine[one]}


def replay(world: World, chance: random.Random) -> Stored:
    key = _any(world.mine, chance)
    return {key: world.before[key]}


def foreign(world: World, chance: random.Random) -> Stored:
    key = _any(world.mine, chance)
    return {key: world.other[key]}


def forge(world: World, chance: random.Random) -> Stored:
    """Write what a store without encryption holds, compressed or escaped, too."""
    text = b"forged" * chance.randrange(1, 50)
    squeezed = MARK + b"z" + (Compressed(LARGEST).encode("", text * 20) or b"")
    return {_any(world.mine, chance): chance.choice([text, b"", MARK + b"r" + text, squeezed, MARK + b"x" + text])}


def renumber(world: World, chance: random.Random) -> Stored:
    """Say of a value that it is in another version, or under another key."""
    key = _any(world.mine, chance)
    data = bytearray(world.mine[key])
    data[chance.choice([4, 5, 6, 7, 8])] ^= chance.randrange(1, 256)
    return {key: bytes(data)}


def header(world: World, chance: random.Random) -> Stored:
    data = world.mine[KEYS]
    at = chance.randrange(len(data))
    return {KEYS: chance.choice([_flip(data, chance), data[:at], data[:at] + data[at + 1 :], world.other[KEYS]])}


CHANGES: dict[str, Callable[[World, random.Random], Stored]] = {
    change.__name__: change for change in (flip, cut, grow, swap, replay, foreign, forge, renumber, header)
}


def load() -> list[Case]:
    """Give the cases, which differ by the seed that says where and how the store is changed."""
    return [Case(f"{kind}_{seed:03}", {"kind": kind, "seed": seed}) for seed in range(EACH) for kind in CHANGES]


async def opened(inner: MemoryStorage, anchor: Anchor | None = None) -> SealedStorage:
    """Open the encryption of a store; an empty one gets its first key."""
    from llmspell_encryption.sealing import OpenSeal, begin
    from llmspell_encryption.wrappings import Source, Wrappings

    wrappings = Wrappings([Source("the key of this probe", "key", lambda _: "5a" * 32)], os.urandom)
    found = await inner.get(KEYS) or await begin(inner, wrappings, 0.0, "sealed")
    compressed = Compressed(LARGEST)
    seal = OpenSeal(inner, found, wrappings)
    store = ListedStorage(inner, seal, Remembered(anchor, seal))
    await store.begin()
    return SealedStorage(store, Layers([compressed], [compressed]), seal)


async def filled() -> MemoryStorage:
    """Give a store with short values, long ones and none at all."""
    inner = MemoryStorage()
    await make_coded(inner)
    store = await opened(inner)
    for number in range(VALUES):
        await store.put(f"k{number:02}", b"value %d " % number * (number**2 % 60))
    return inner


async def all_of(store: MemoryStorage) -> Stored:
    """Give what is stored, beneath the encryption."""
    return {key: data async for key, data in store.scan()}


async def copied(stored: Stored) -> MemoryStorage:
    """Give a store that holds this beneath the encryption."""
    inner = MemoryStorage()
    await inner.transaction([Operation("put", key, data) for key, data in stored.items()])
    return inner


async def made(_stage: Stage) -> World:
    """Make the stores that all cases take from."""
    from llmspell_encryption.sealing import OpenSeal

    mine = await filled()
    before = await all_of(mine)
    seal = (await opened(mine))._seal
    assert isinstance(seal, OpenSeal)
    await seal.rotate(lambda _: None, 0.0, reencrypt=True)
    return World(await all_of(mine), before, await all_of(await filled()))


async def change(case: Case, stage: Stage) -> str | None:
    """Change a copy of the store, and read what was changed, by a store that is open and by one opened then."""
    world = await stage.once("world", made)
    chance = random.Random(f"{case.data['kind']} {case.data['seed']}")
    changed: Stored = {}
    while not changed or all(world.mine[key] == data for key, data in changed.items()):
        changed = CHANGES[case.data["kind"]](world, chance)
    inner = await copied(world.mine)
    store = await opened(inner)
    for key, data in changed.items():
        await inner.put(key, data)
    for key in changed:
        if (failed := await _read(inner, None if key == KEYS else store, key)) is not None:
            return failed
    return None


async def _read(inner: MemoryStorage, store: SealedStorage | None, key: str) -> str | None:
    for one in (store, None):
        try:
            value = await (one or await opened(inner)).get("k01" if key == KEYS else key)
        except EncryptionError:
            continue
        return f"{key!r} was read as {value!r:.60}"
    return None


def needs() -> str | None:
    """Tell what is missing."""
    return None if find_spec("llmspell_encryption") else "llmspell-encryption is not installed"


AREA = Area(
    "storage_edits",
    promise="G16",
    title="Changed values of encrypted stores",
    how="stored values and the header with the keys are changed by a seeded generator: flipped, cut, grown, swapped, "
    "taken from another store, from before a re-encryption, forged, renumbered. A value that is read then counts as "
    "failed. Values that were valid once are an area of their own",
    load=load,
    try_=change,
    needs=needs,
    sample=180,
)
