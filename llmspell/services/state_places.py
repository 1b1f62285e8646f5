"""Where a value of the state lies: scope, owner and key, and the one text they make in a store."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATOR: Final = "\x1f"
"""The ASCII unit separator, which names and keys cannot hold: what begins with it is in no namespace of a spell."""

STATE: Final = f"{SEPARATOR}state{SEPARATOR}"
HISTORY: Final = f"{SEPARATOR}history{SEPARATOR}"
SCHEMA: Final = f"{SEPARATOR}schema{SEPARATOR}"
BACKUP: Final = f"{SEPARATOR}backup{SEPARATOR}"
MAX_KEY: Final = 1024
"""Bytes of a key: every store can hold that many beside scope and owner."""


class Place(NamedTuple):
    """A scope and whose it is: the run, session or agent; empty for `process` and `shared`."""

    scope: str
    owner: str = ""

    def _below(self, top: str) -> str:
        return _below(top, self)

    @property
    def prefix(self) -> str:
        """Give what the keys of its values begin with in a store."""
        return self._below(STATE)

    @property
    def past(self) -> str:
        """Give what the keys of their histories begin with."""
        return self._below(HISTORY)

    def slots(self, depth: int) -> tuple[str, ...]:
        """Give what the keys of the slots of a history of some depth begin with."""
        return _slots(self, depth)

    @property
    def schema(self) -> str:
        """Give the key of its schema."""
        return self._below(SCHEMA)

    @property
    def all_prefixes(self) -> tuple[str, ...]:
        """Give what every key begins with that has to do with it."""
        return self.prefix, self.past, self.schema, self._below(BACKUP)

    def backup(self, version: int | None = None) -> str:
        """Give what the copies begin with that were made before the migration to a version, or to any."""
        return self._below(BACKUP) if version is None else f"{self._below(BACKUP)}{version:08x}{SEPARATOR}"

    def __str__(self) -> str:
        return f"{self.scope} {self.owner}" if self.owner else self.scope


@lru_cache(maxsize=256)
def _below(top: str, place: Place) -> str:
    return f"{top}{place.scope}{SEPARATOR}{place.owner}{SEPARATOR}"


@lru_cache(maxsize=32)  # a history may be 1000 versions long
def _slots(place: Place, depth: int) -> tuple[str, ...]:
    return tuple(f"{place.past}{slot:04x}{SEPARATOR}" for slot in range(depth))


def checked(keys: Iterable[str]) -> None:
    """Raise `ValidationError` for a key that is empty, too long, or holds the separator."""
    for key in keys:
        if not key:
            raise ValidationError("a key of the state needs at least one character")
        if SEPARATOR in key:
            raise ValidationError(
                "a key of the state may not hold the unit separator U+001F", context={"key": key[:80]}
            )
        size = len(key.encode("utf-8", "surrogatepass"))
        if size > MAX_KEY:
            message = f"a key of the state has at most {MAX_KEY} bytes, {key[:40]!r}... has {size}"
            raise ValidationError(
                message, suggestions=["keep long texts in the value, and a digest of them in the key"]
            )
