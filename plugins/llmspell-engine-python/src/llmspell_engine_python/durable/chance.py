"""Chance in a durable spell: everything that is random comes from the seed of its run."""

from __future__ import annotations

import hashlib
import os
import random
import uuid
from typing import Any

_SEED = 32  # bytes that a generator without a seed of its own is given
_NODE = 48  # bits
_MULTICAST = 1 << 40  # what tells a made-up hardware address from one of a card


class Chance:
    """A row of bytes that the seed decides; who has the seed has the row."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0

    def bytes(self, size: int) -> bytes:
        """Give the next bytes, so many of them."""
        self._drawn += 1
        return hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "big")).digest(size)

    def number(self) -> int:
        """Give a seed for a generator."""
        return int.from_bytes(self.bytes(_SEED), "big")


def put_chance(chance: Chance) -> None:
    """Have `random`, `os`, `secrets` and `uuid` draw from the row."""

    def urandom(size: int, /) -> bytes:
        if size < 0:
            raise ValueError("negative argument not allowed")
        return chance.bytes(size)

    def getrandom(size: int, flags: int = 0) -> bytes:  # noqa: ARG001 - the library's signature
        return urandom(size)

    os.urandom = urandom
    if hasattr(os, "getrandom"):
        os.getrandom = getrandom
    random._urandom = urandom  # type: ignore[attr-defined]  # noqa: SLF001 - what SystemRandom and `secrets` have bound
    seeded = random.Random.seed

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        seeded(self, chance.number() if a is None else a, version)

    random.Random.seed = seed  # type: ignore[method-assign]
    random.seed = random._inst.seed  # noqa: SLF001 - bound when there was another
    random.seed()
    uuid._generate_time_safe = uuid._UuidCreate = None  # type: ignore[attr-defined]  # noqa: SLF001 - the system's own
    uuid._node = chance.number() % (1 << _NODE) | _MULTICAST  # type: ignore[attr-defined]  # noqa: SLF001 - as `getnode` keeps it
