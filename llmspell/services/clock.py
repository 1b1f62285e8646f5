"""Time, randomness and identifiers of the real world; tests and a journal put others in their place."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class SystemClock:
    """Tell the machine's time."""

    __slots__ = ()

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up anybody else; zero or less only lets others run."""
        await asyncio.sleep(max(0.0, seconds))


class SystemRandom:
    """Give pseudo-random numbers; without `seed` they start from the system's entropy. Not for keys or tokens."""

    __slots__ = ("_source", "random")

    def __init__(self, seed: int | bytes | None = None) -> None:
        import random  # noqa: PLC0415 - costs more than the clock, and few spells roll dice

        self._source = random.Random(os.urandom(32) if seed is None else seed)  # noqa: S311 - not for cryptography
        self.random = self._source.random

    def integer(self, low: int, high: int) -> int:
        """Give an integer in `low..high`, both included; raises `ValueError` when the range is empty."""
        return self._source.randint(low, high)

    def bytes(self, count: int) -> bytes:
        """Give `count` bytes."""
        return self._source.randbytes(count)


_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_COUNTER_BITS = 42
_COUNTER_LIMIT = 1 << _COUNTER_BITS


class IdMaker:
    """Make UUIDs of version 7 (RFC 9562, section 5.7) that sort in the order they were made.

    48 bits of milliseconds, then a 42-bit counter (method 1 of section 6.2: it starts at random in each millisecond,
    with its top bit clear, and counts up), then 32 random bits. A clock that stands still or runs backwards does not
    break the order. One per process: after a fork both sides draw fresh random bits.
    """

    __slots__ = ("_counter", "_millisecond", "_now")

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._millisecond = 0
        self._counter = 0

    def __call__(self) -> str:
        """Give the next identifier in its usual form of 36 characters."""
        millisecond = int(self._now() * 1000)
        noise = int.from_bytes(os.urandom(10), "big")
        if millisecond > self._millisecond:
            self._millisecond = millisecond
            self._counter = noise >> 39  # 41 of 80 random bits
        else:
            self._counter += 1
            if self._counter >= _COUNTER_LIMIT:
                self._millisecond += 1
                self._counter = noise >> 39
        counter = self._counter
        high, low = counter >> 30, counter & 0x3FFFFFFF
        value = self._millisecond << 80 | _VERSION | high << 64 | _VARIANT | low << 32 | noise & 0xFFFFFFFF
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


new_id = IdMaker()
"""Give a fresh, time-ordered identifier."""


def derived_id(run_id: str, place: str) -> str:
    """Give the identifier that belongs to a place in a run: a UUID of version 7 with the time of the run's own.

    The other bits are of the SHA-256 of both, so it is as good as random, and the same whenever it is asked for.
    """
    from hashlib import sha256  # noqa: PLC0415 - paid by durable runs

    digest = sha256(f"{run_id}\x1f{place}".encode()).hexdigest()
    time = run_id.replace("-", "")[:12]
    variant = "89ab"[int(digest[3], 16) & 3]
    return f"{time[:8]}-{time[8:]}-7{digest[:3]}-{variant}{digest[4:7]}-{digest[7:19]}"
