"""Values across the bridge: between the wire's JSON forms and what the kernel works with.

Forms: `{"$h": [kind, id]}` handle, `{"$fn": n}` function of the script, `{"$s": id}` stream, `{"$b": base64}` bytes,
`{"$d": iso8601}` time, `{"$i": digits}` an integer beyond 2^53. A key of a user's map that starts with `$` carries one
more `$` on the wire.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import Handle, Stream
from llmspell.bridge.named import Named
from llmspell.errors import ConversionError
from llmspell.spec.wire import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT_IN_DOUBLE = 1 << 53
INT64 = 1 << 63
_SCALARS = (int, float, bool, type(None))


class Crossing(NamedTuple):
    """What values that are not plain data turn into; one per session.

    `wide` says that the guest has 64-bit integers; others receive `$i` beyond 2^53.
    """

    handle: Callable[[str, int], Handle]
    callback: Callable[[int], Callback]
    put: Callable[[Handle], tuple[str, int]]
    function: Callable[[Callback], dict[str, object]]
    open_stream: Callable[[Stream], int]
    wide: bool


def decode(value: object, at: Crossing, path: str = "value", depth: int = 0) -> object:
    """Turn a value from the wire into what the kernel works with; raises `ConversionError` naming the path."""
    if isinstance(value, dict):
        _check_depth(path, depth)
        form = next(iter(value), "")
        if form.startswith("$") and not form.startswith("$$"):
            return _form(form, value, at, path)
        return {
            _text(key[1:] if key.startswith("$$") else key, path): decode(one, at, f"{path}.{key}", depth + 1)
            for key, one in value.items()
        }
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, list):
        _check_depth(path, depth)
        return [decode(one, at, f"{path}[{index}]", depth + 1) for index, one in enumerate(value, 1)]
    return value


def decode_arguments(arguments: Sequence[object], at: Crossing) -> list[object]:
    """Turn the arguments of a call into what the kernel works with; most are scalars, which are it already."""
    given: list[object] = []
    for index, one in enumerate(arguments, 1):
        kind = type(one)
        if (kind is str and one.isascii()) or kind in _SCALARS:  # type: ignore[attr-defined]  # it is a str
            given.append(one)
        else:
            given.append(decode(one, at, f"argument {index}"))
    return given


def _form(form: str, value: dict[str, object], at: Crossing, path: str) -> object:
    body = value[form]
    try:
        if form == "$h" and isinstance(body, list):
            kind, number = body
            return at.handle(str(kind), int(number)).crossed()
        if form == "$fn" and isinstance(body, int):
            return at.callback(body)
        if form == "$b" and isinstance(body, str):
            return base64.b64decode(body, validate=True)
        if form == "$d" and isinstance(body, str):
            from datetime import datetime  # noqa: PLC0415 - few spells have moments, and every run would pay for them

            return datetime.fromisoformat(body)
        if form == "$i" and isinstance(body, str):
            return int(body)
        if form == "$kw" and isinstance(body, dict):
            return Named({key: decode(one, at, f"{path}.{key}", 1) for key, one in body.items()})
    except (ValueError, TypeError, binascii.Error) as error:
        message = f"{path} is not a valid {form} form"
        raise ConversionError(message) from error
    message = f"{path} has the unknown form {form!r}"
    raise ConversionError(message)


def encode(value: object, at: Crossing, path: str = "value", depth: int = 0) -> object:  # noqa: PLR0911 - a table
    """Turn a value of the kernel into its wire form; raises `ConversionError` naming the path of what cannot cross."""
    if _crosses_as_it_is(value):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, (int, float)):
        return _number(value, at, path)
    if isinstance(value, Handle):
        fields = value.fields()
        form: dict[str, object] = {"$h": list(at.put(value))}
        if fields:
            form["$v"] = encode(dict(fields), at, path, depth + 1)
        return form
    if isinstance(value, Mapping):
        _check_depth(path, depth)
        return {
            key if type(key) is str and key.isascii() and key[:1] != "$" else _key(key, path): one
            if _crosses_as_it_is(one)
            else encode(one, at, f"{path}.{key}", depth + 1)
            for key, one in value.items()
        }
    if isinstance(value, (bytes, bytearray)):
        return {"$b": base64.b64encode(value).decode("ascii")}
    if isinstance(value, (Sequence, AbstractSet)):
        _check_depth(path, depth)
        items = sorted(value, key=str) if isinstance(value, AbstractSet) else value
        return [
            one if _crosses_as_it_is(one) else encode(one, at, f"{path}[{index}]", depth + 1)
            for index, one in enumerate(items, 1)
        ]
    return _special(value, at, path)


def _crosses_as_it_is(value: Any) -> bool:
    """Tell most values, which need no look at what they are: no path has to be spelled out for them."""
    kind = type(value)
    if kind is str:
        return str.isascii(value)
    if kind is int:
        number: int = value
        return -EXACT_IN_DOUBLE <= number <= EXACT_IN_DOUBLE
    return value is None or kind is bool


def _special(value: object, at: Crossing, path: str) -> object:
    if isinstance(value, Callback):
        return at.function(value)
    if isinstance(value, Stream):
        return {"$s": at.open_stream(value)}
    from datetime import date  # noqa: PLC0415 - see `_form`; a `datetime` is one, too

    if isinstance(value, date):
        return {"$d": value.isoformat()}
    message = f"{path} cannot cross to a script: it is {type(value).__name__}"
    raise ConversionError(message, suggestions=["return text, numbers, truth values, lists and maps"])


def _text(value: str, path: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            message = f"{path} has half a surrogate pair at character {error.start + 1}, which is no character"
            raise ConversionError(message, suggestions=["send it as bytes"]) from None
    return value


def _number(value: int | float, at: Crossing, path: str) -> object:  # noqa: PYI041 - they differ here
    if isinstance(value, float):
        if not math.isfinite(value):
            message = f"{path} is {value}, which has no form in JSON"
            raise ConversionError(message)
        return value
    if at.wide and -INT64 <= value < INT64:
        return int(value)
    if abs(value) <= EXACT_IN_DOUBLE:
        return int(value)
    return {"$i": str(int(value))}


def _key(key: object, path: str) -> str:
    if not isinstance(key, (str, int)) or isinstance(key, bool):
        message = f"{path} has a key of type {type(key).__name__}; keys are text"
        raise ConversionError(message)
    text = _text(str(key), path)
    return f"${text}" if text.startswith("$") else text


def _check_depth(path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        message = f"{path} is nested deeper than {MAX_DEPTH}, or contains itself"
        raise ConversionError(message)
