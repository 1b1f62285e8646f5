"""Content addressing: what is long or said again and again is written once, and named by its digest afterwards.

`{"$ref": digest}` stands for a value of a `text` record; a map of that shape which is no reference carries one more
`$`. Long texts are found by their length, messages and descriptions of tools by being `Shared`.
"""

from __future__ import annotations

import json
import re
import weakref
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from llmspell.errors import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LONG: Final = 1024
"""Characters from which on a text is written once."""

_REF: Final = re.compile(r"\$+ref")
_SCALARS: Final = frozenset({int, float, bool, type(None)})
_canonical: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


class Shared(dict[str, Any]):
    """A JSON map that is written once: its digest, and the texts it consists of, itself the last of them."""

    __slots__ = ("digest", "texts")

    def __init__(self, value: Mapping[str, Any]) -> None:
        super().__init__(value)
        self.texts: dict[str, object] = {}
        small = {key: _small(one, self.texts) for key, one in value.items()}
        self.digest = _hash(small)
        self.texts[self.digest] = small


_kept: dict[int, tuple[weakref.ref[object], object, Shared]] = {}
"""The JSON of live objects by their id, and the mask with which it was made."""


def kept(value: object, mask: Callable[[str], str] | None) -> Shared | None:
    """Give the JSON of an object that was written before with this mask."""
    found = _kept.get(id(value))
    return None if found is None or found[0]() is not value or found[1] is not mask else found[2]


def share(value: object, mask: Callable[[str], str] | None, written: Mapping[str, Any]) -> Shared:
    """Keep the JSON of an object for as long as that lives."""
    key = id(value)
    shared = Shared(written)

    def forget(gone: weakref.ref[object]) -> None:
        found = _kept.get(key)
        if found is not None and found[0] is gone:  # another object may have the id by now
            del _kept[key]

    _kept[key] = (weakref.ref(value, forget), mask, shared)
    return shared


def digest(value: object) -> str:
    """Give the first 32 hex digits of the SHA-256 of the canonical JSON of a value, what is shared named by its own."""
    return _hash(_small(value, {}))


def _hash(small: object) -> str:
    return sha256(_canonical(small).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _small(value: Any, found: dict[str, object]) -> Any:
    """Give JSON with references, and add what they refer to; what refers to nothing is given as it is."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= LONG else _named(value, found)
    if kind is dict:
        if len(value) == 1 and "ref" in (key := next(iter(value))) and _REF.fullmatch(key):
            return {f"${key}": _small(value[key], found)}
        return _small_map(value, found)
    if kind is list:
        return value if _flat(value) else [_small(one, found) for one in value]
    if kind is Shared:
        found.update(value.texts)
        return {"$ref": value.digest}
    return value


def _small_map(value: dict[str, Any], found: dict[str, object]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, one in value.items():
        kind = type(one)
        if kind in _SCALARS or (kind is str and len(one) <= LONG):
            continue
        small = _small(one, found)
        if small is not one:
            changed[key] = small
    return {**value, **changed} if changed else value


def _flat(values: list[Any]) -> bool:
    for one in values:
        kind = type(one)
        if kind not in _SCALARS and (kind is not str or len(one) > LONG):
            return False
    return True


def _named(text: str, found: dict[str, object]) -> dict[str, str]:
    named = _hash(text)
    found[named] = text
    return {"$ref": named}


class Texts:
    """Remember which texts a log has; `known` are the digests of those it had when it was opened."""

    __slots__ = ("_known",)

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = set(known)

    def shrink(self, value: object) -> tuple[Any, list[dict[str, object]]]:
        """Give JSON with references, and the records `{k: "text", d, v}` that must be written before it."""
        found: dict[str, object] = {}
        small = _small(value, found)
        records: list[dict[str, object]] = []
        for named, text in found.items():
            if named not in self._known:
                self._known.add(named)
                records.append({"k": "text", "d": named, "v": text})
        return small, records


def expand(value: Any, table: Mapping[str, object]) -> Any:
    """Put the values in the place of references; raises `ConversionError` for one that the table does not have."""
    if isinstance(value, dict):
        if len(value) == 1 and _REF.fullmatch(key := next(iter(value))):
            return _referred(value[key], table) if key == "$ref" else {key[1:]: expand(value[key], table)}
        return {key: expand(one, table) for key, one in value.items()}
    if isinstance(value, list):
        return [expand(one, table) for one in value]
    return value


def _referred(named: Any, table: Mapping[str, object]) -> object:
    if named not in table:
        message = f"a record refers to the text {named}, which the journal does not have"
        raise ConversionError(message, suggestions=["the file was changed or cut: restore it from a copy"])
    return expand(table[named], table)
