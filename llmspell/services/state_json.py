"""JSON for values: what the standard library writes, by msgspec where that writes the same.

msgspec is several times as fast, but takes more: it makes null of what is no number, and texts of bytes, dates and
sets, which nobody would get back. So a value is looked through before: plain data and instances of typed classes go to
msgspec, all else to the standard library, which writes or refuses it.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from json import JSONEncoder
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from msgspec.json import Encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FAULTS: Final = (AttributeError, TypeError, ValueError, RecursionError, OverflowError)
"""An instance lacks a field; JSON cannot say it; it is no Unicode text, or no number; nested too deeply; too large."""

_LEAVES: Final = frozenset({str, int, bool, type(None)})


def write(value: object) -> bytes:
    """Write a value as JSON; raises one of `FAULTS` for what cannot be written."""
    try:
        if type(value) in _LEAVES or _same(value):
            return _fast(value)
    except FAULTS:  # the other one knows best whether it can be written, and why not
        pass
    return _exact(value).encode()


def _same(value: Any) -> bool:
    """Tell whether msgspec writes a value that is no leaf as the standard library does.

    Raises `TypeError` for an instance of what is no typed class, and of one that msgspec writes in another way.
    """
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str:
                return False
        return _all_same(value.values())
    if kind is list:
        return _all_same(value)
    if kind is float:
        return isfinite(value)
    return _all_same(_reader(kind)(value))  # type: ignore[arg-type]  # a class is hashable


def _all_same(values: Iterable[Any]) -> bool:
    for value in values:  # leaves are told apart here: a call for each of them would take most of the time
        kind = type(value)
        if kind not in _LEAVES and not (isfinite(value) if kind is float else _same(value)):
            return False
    return True


def _names(kind: type) -> tuple[str, ...]:
    """Name the fields of an attrs, dataclass or msgspec class; raises `TypeError` for any other."""
    if hasattr(kind, "__attrs_attrs__"):
        return tuple(one.name for one in kind.__attrs_attrs__)
    if hasattr(kind, "__dataclass_fields__"):
        return tuple(one.name for one in fields(kind))
    if hasattr(kind, "__struct_fields__"):
        return tuple(kind.__struct_fields__)
    message = f"it holds a {kind.__name__}, which JSON cannot say"
    raise TypeError(message)


@lru_cache(maxsize=256)
def _reader(kind: type) -> Callable[[object], tuple[object, ...]]:
    """Give what reads all fields of an instance; raises `TypeError` where msgspec would write others."""
    names = _names(kind)
    if not _plainly(kind, names):
        message = f"{kind.__name__} has more than its fields"
        raise TypeError(message)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _plainly(kind: Any, names: tuple[str, ...]) -> bool:
    """Tell whether msgspec writes the fields of a class under their names, and nothing else."""
    config = getattr(kind, "__struct_config__", None)
    if config is not None:
        renamed = kind.__struct_encode_fields__ != kind.__struct_fields__
        return not (renamed or config.tag or config.array_like or config.omit_defaults)
    if hasattr(kind, "__attrs_attrs__"):  # of these it writes all that an instance holds, but what begins with "_"
        slots = {slot for one in kind.__mro__ for slot in getattr(one, "__slots__", ())}
        return kind.__dictoffset__ == 0 and slots - {"__weakref__"} == {*names} and not any(n[0] == "_" for n in names)
    return True


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in _names(type(value))}


_fast = Encoder().encode
_exact = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_fields).encode
