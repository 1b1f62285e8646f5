"""How identifiers are made and read.

UUID: RFC 9562. ULID: github.com/ulid/spec (48 bits of milliseconds, 80 random bits, Crockford's base 32).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.context import Random

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NANOID = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z", re.IGNORECASE)
_PLACE = re.compile(r"\{(\w+)(?::(\d+))?\}")
_SETS = {
    "hex": "0123456789abcdef",
    "digits": "0123456789",
    "letters": "abcdefghijklmnopqrstuvwxyz",
    "alnum": "0123456789abcdefghijklmnopqrstuvwxyz",
}
_MAX_WIDTH = 256
_GREGORIAN = 0x01B21DD213814000  # 100 ns from 1582-10-15 to 1970-01-01


class Maker:
    """Make the identifiers of one call, in order: those of one millisecond count up."""

    def __init__(self, random: Random, now: float, new_id: Callable[[], str]) -> None:
        self._random = random
        self._now = now
        self._new_id = new_id
        self._ulid: int | None = None
        self._ticks = int(now * 10_000_000) + _GREGORIAN

    def uuid(self, version: str) -> UUID:
        """Make a UUID: v1, v4, v6, v7, nil or max."""
        if version == "v7":
            return UUID(self._new_id())
        if version == "v4":
            return UUID(bytes=self._random.bytes(16), version=4)
        if version in {"nil", "max"}:
            return UUID(int=0 if version == "nil" else (1 << 128) - 1)
        return self._by_ticks(version)

    def _by_ticks(self, version: str) -> UUID:
        """Make a v1 or v6; the node is random with its multicast bit set, so that no network address shows."""
        self._ticks += 1
        ticks, sequence = self._ticks, self._random.integer(0, 0x3FFF)
        node = int.from_bytes(self._random.bytes(6), "big") | 1 << 40
        low = (0x8000 | sequence) << 48 | node
        if version == "v1":
            high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | ticks >> 48
        else:
            high = ticks >> 12 << 16 | 0x6000 | ticks & 0xFFF
        return UUID(int=high << 64 | low)

    def ulid(self) -> str:
        """Make a ULID; later ones of the same call are greater."""
        if self._ulid is None:
            self._ulid = int(self._now * 1000) << 80 | int.from_bytes(self._random.bytes(10), "big") >> 1
        else:
            self._ulid += 1
        return to_base(self._ulid, CROCKFORD, 26)

    def nanoid(self, size: int, alphabet: str | None) -> str:
        """Make a nano id."""
        letters = alphabet or NANOID
        if len(set(letters)) != len(letters):
            raise _fault("alphabet", "a character comes twice")
        return self.characters(letters, size)

    def characters(self, letters: str, count: int) -> str:
        """Draw characters, each as likely as the other."""
        return "".join(letters[self._random.integer(0, len(letters) - 1)] for _ in range(count))

    def custom(self, pattern: str, counter: int) -> str:
        """Fill the places of a pattern."""

        def fill(place: re.Match[str]) -> str:
            name, width = place[1], int(place[2] or 0)
            if width > _MAX_WIDTH:
                raise _fault("pattern", f"{place[0]} is wider than {_MAX_WIDTH}")
            if name in _SETS:
                return self.characters(_SETS[name], width or 8)
            known: dict[str, Callable[[], str]] = {
                "uuid": lambda: str(self.uuid("v4")),
                "uuid7": lambda: str(self.uuid("v7")),
                "ulid": self.ulid,
                "counter": lambda: f"{counter:0{width or 1}d}",
                "timestamp": lambda: str(int(self._now)),
                "date": lambda: time.strftime("%Y%m%d", time.gmtime(self._now)),
            }
            if name not in known:
                raise _fault(
                    "pattern",
                    f"there is no {place[0]}; use uuid, uuid7, ulid, counter, timestamp, date, {', '.join(_SETS)}",
                )
            return known[name]()

        return _PLACE.sub(fill, pattern)


def to_base(number: int, alphabet: str, width: int) -> str:
    """Write a number with an alphabet, filled up to a width."""
    digits = []
    while number:
        number, rest = divmod(number, len(alphabet))
        digits.append(alphabet[rest])
    return "".join(reversed(digits)).rjust(width, alphabet[0])


def inspect_identifier(text: str) -> dict[str, Any]:
    """Tell what an identifier is; `timestamp` is in seconds where it holds a time."""
    known: dict[str, Any] = {"valid": False, "type": None, "version": None, "timestamp": None}
    if _ULID.match(text):
        number = 0
        for letter in text.upper():
            number = number * 32 + CROCKFORD.index(letter)
        known |= {"valid": True, "type": "ulid", "timestamp": (number >> 80) / 1000}
    else:
        try:
            one = UUID(text)
        except ValueError:
            return {**known, "text": f"{text!r} is neither a UUID nor a ULID"}
        known |= {
            "valid": True,
            "type": "uuid",
            "version": one.version,
            "timestamp": _time_of(one),
            "standard": str(one),
        }
    return {**known, "text": f"a valid {known['type']}" + (f", version {known['version']}" if known["version"] else "")}


def _time_of(one: UUID) -> float | None:
    if one.version == 7:  # noqa: PLR2004 - a version
        return (one.int >> 80) / 1000
    if one.version == 6:  # noqa: PLR2004 - a version
        ticks = one.int >> 80 << 12 | one.int >> 64 & 0xFFF
        return (ticks - _GREGORIAN) / 10_000_000
    return (one.time - _GREGORIAN) / 10_000_000 if one.version == 1 else None


def _fault(path: str, why: str) -> ValidationError:
    return ValidationError(f"{path}: {why}", context={"faults": [{"path": path, "message": why}]})
