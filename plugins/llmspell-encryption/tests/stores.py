"""Stores under keys of tests: what is beneath is a real back end, and the keys are those of a configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmspell.builtin.memory import MemoryStorage
from llmspell.runtime.store_anchor import Remembered
from llmspell.runtime.store_listed import ListedStorage
from llmspell.runtime.store_sealed import SealedStorage, sealed
from llmspell.spec.storage_codecs import Layers
from llmspell_encryption.driver import StoreEncryption
from llmspell_encryption.wrappings import Source, Wrappings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspell.spec.storage_codecs import Codec
    from llmspell.spec.storages import Storage

KEY = "11" * 32
OTHER = "22" * 32


def wrappings(*keys: str, random: Callable[[int], bytes] = os.urandom) -> Wrappings:
    """Give keys as a configuration does: the first is the one that counts."""
    sources = [Source(f"key {number}", "key", lambda _, key=key: key) for number, key in enumerate(keys or (KEY,))]  # type: ignore[misc]
    return Wrappings(sources, random)


def passwords(*words: str) -> Wrappings:
    """Give passwords as a configuration does."""
    sources = [Source("password", "argon2id", lambda _, word=word: word) for word in words]  # type: ignore[misc]
    return Wrappings(sources, os.urandom)


class Clock:
    """A clock of a test."""

    def now(self) -> float:
        """Give one moment, always."""
        return 1_700_000_000.0


class Context:
    """What the encryption asks of its context."""

    clock = Clock()


def encryption(keys: Wrappings | None = None) -> StoreEncryption:
    """Give an open encryption."""
    made = StoreEncryption()
    made._ctx = Context()  # type: ignore[assignment]
    made._wrappings = keys or wrappings()
    return made


async def over(inner: Storage, keys: Wrappings | None = None, codecs: Sequence[Codec] = ()) -> SealedStorage:
    """Give an encrypted store over another one."""
    return await sealed(inner, Layers(codecs, codecs), encryption(keys))


class Anchor:
    """What a test remembers of a store."""

    def __init__(self) -> None:
        self.data: bytes | None = None

    def read(self) -> bytes | None:
        """Give what was written last."""
        return self.data

    def write(self, data: bytes) -> None:
        """Replace it."""
        self.data = data


async def listed(inner: Storage, anchor: Anchor | None = None) -> SealedStorage:
    """Give an encrypted store over another one, which an anchor remembers."""
    seal = await encryption().attach(inner)
    store = ListedStorage(inner, seal, Remembered(anchor, seal))
    await store.begin()
    return SealedStorage(store, Layers([]), seal)


async def filled(count: int, keys: Wrappings | None = None) -> tuple[MemoryStorage, SealedStorage]:
    """Give a store that holds `count` values, and what lies beneath."""
    inner = MemoryStorage()
    store = await over(inner, keys)
    for number in range(count):
        await store.put(f"k{number:03}", b"value %d" % number)
    return inner, store
