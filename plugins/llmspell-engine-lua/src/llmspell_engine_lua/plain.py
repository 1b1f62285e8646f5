"""Values that become Lua tables without being written and read as JSON: most answers, and what hooks are shown.

A value is plain when a table says the same: text, truth values, finite numbers, lists that have items and none that is
nothing, maps none of whose keys starts like a form of the wire. (An empty list would be taken for a map, a list with
nothing in it would have a hole.) All else Lua decodes itself, which takes several times as long.
"""

from __future__ import annotations

from marshal import dumps

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from typing import Any

_DEPTH = 64
_ROOM = 64  # bytes of Lua's that a byte of the marshalled copy takes at most, while tables grow and are copied
_MARSHALLED = 2  # the version that writes every value out, none as a reference to one before


class NotPlain(Exception):  # noqa: N818 - no error: there is another way
    """Say that Lua has to decode a value."""


def as_plain(value: Any) -> tuple[Any, int]:
    """Copy a list or a map, its texts as bytes, and give it with the most bytes that it will take in Lua.

    The copy shares nothing: lupa loses a table that it meets twice. Raises `NotPlain`.
    """
    try:
        copy = _copied(value, 0)
        return copy, len(dumps(copy, _MARSHALLED)) * _ROOM
    except (UnicodeEncodeError, TypeError, AttributeError, ValueError):  # half a surrogate pair, a key that is no text
        raise NotPlain from None


def _copied(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is dict and depth < _DEPTH:
        return _map(value, depth + 1)
    if kind is list and value and depth < _DEPTH:
        return _list(value, depth + 1)
    raise NotPlain


def _map(value: dict[str, Any], depth: int) -> dict[bytes, Any]:
    if "$" in "".join(value):
        raise NotPlain
    made: dict[bytes, Any] = {}
    for name, one in value.items():
        kind = type(one)
        if kind is str:
            made[name.encode()] = one.encode()
        elif kind is int or kind is bool or (kind is float and one - one == 0):
            made[name.encode()] = one
        elif one is not None:  # a map says nothing by not having the key
            made[name.encode()] = _copied(one, depth)
    return made


def _list(value: list[Any], depth: int) -> list[Any]:
    made: list[Any] = []
    for one in value:
        kind = type(one)
        if kind is str:
            made.append(one.encode())
        elif kind is int or kind is bool or (kind is float and one - one == 0):
            made.append(one)
        else:
            made.append(_copied(one, depth))
    return made
