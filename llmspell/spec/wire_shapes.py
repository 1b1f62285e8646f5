"""What the messages of a guest must look like: a process may belong to an attacker, who writes what it likes."""

from __future__ import annotations

from llmspell.spec.wire import WireError

TYPE_CHECKING = False  # as in `wire`

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIELDS: Mapping[str, tuple[tuple[str, type], ...]] = {
    "call": (("id", int), ("op", str)),
    "post": (("op", str),),
    "return": (("id", int), ("ok", bool)),
    "cancel": (("id", int),),
    "credit": (("s", int), ("n", int)),
    "hello": (("ok", bool),),
    "release": (),
    "idle": (),
}
"""Type of a message -> its fields that must be there, each of exactly this type. Values and errors may be anything."""

_KIND, _NUMBER, _COUNT = 0, 1, 2


def check_guest(messages: Iterable[Mapping[str, object]]) -> None:
    """Raise `WireError` for a message that no guest sends: of an unknown type, or with fields of other types."""
    for message in messages:
        kind = str(message["t"])
        fields = _FIELDS.get(kind)
        if fields is None:
            raise WireError(f"a message is of the type {kind[:40]!r}, which a script does not send")
        for name, wanted in fields:
            if type(message.get(name)) is not wanted:
                raise WireError(f"a message of the type {kind!r} has no {wanted.__name__} as {name!r}")
        if type(message.get("in", 0)) is not int:
            raise WireError("a call is made within what is no number")
        if kind in ("call", "post") and type(message.get("args", ())) not in (list, tuple):
            raise WireError(f"a message of the type {kind!r} has no list of arguments")
        if kind == "post" and message["op"] == "print":
            _check_texts(message.get("args", ()))
        elif kind == "release":
            _check_release(message)


def _check_texts(args: object) -> None:
    if not isinstance(args, list) or not args or not all(type(one) is str for one in args):
        raise WireError("what is printed is no text")


def _check_release(message: Mapping[str, object]) -> None:
    for name in ("fn", "s"):
        numbers = message.get(name) or []
        if not isinstance(numbers, list) or not all(type(one) is int for one in numbers):
            raise WireError(f"what is released as {name!r} is no list of numbers")
    handles = message.get("h") or []
    if not isinstance(handles, list) or not all(_is_handle(one) for one in handles):
        raise WireError("what is released as 'h' is no list of objects")


def _is_handle(entry: object) -> bool:
    """Tell whether an entry is `[kind, id]` or `[kind, id, count]`."""
    if not isinstance(entry, list) or len(entry) not in (_COUNT, _COUNT + 1):
        return False
    counted = len(entry) == _COUNT or (type(entry[_COUNT]) is int and entry[_COUNT] > 0)
    return counted and type(entry[_KIND]) is str and type(entry[_NUMBER]) in (int, str)
