"""Values as the JSON of a record, and back.

Forms: `{"$b": base64}` bytes, `{"$d": iso8601}` a date or a moment, `{"$i": digits}` an integer beyond 64 bits,
`{"$f": "nan"}` a number without a form in JSON, `{"$u": base64}` text with half a surrogate pair, `{"$m": name, "v":
fields}` a value of our own (`models`), `{"$x": type}` what an input held that has no form. A key of a map that starts
with `$` carries one more `$`. Tuples are written as lists, sets as sorted ones.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from llmspell.errors import ConversionError
from llmspell.runtime.journal.models import model_fields, model_name, model_of
from llmspell.spec.wire import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable

    Mask = Callable[[str], str]

_INT64 = 1 << 63
_DATE = len("2000-01-01")


class Writer:
    """Write values as JSON, each text through `mask`; `strict` refuses what has no form, else its type is told."""

    __slots__ = ("mask", "strict")

    def __init__(self, mask: Mask | None = None, *, strict: bool = True) -> None:
        self.mask = mask
        self.strict = strict

    def write(self, value: object, path: str, depth: int = 0) -> object:
        """Write a value; raises `ConversionError` that names the place of what cannot be kept."""
        if type(value) is dict and depth <= MAX_DEPTH:
            return self._map(value, path, depth)
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, (int, float)):
            return _number(value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return {"$b": base64.b64encode(self._bytes(bytes(value))).decode("ascii")}
        if depth > MAX_DEPTH:
            message = f"{path} is nested deeper than {MAX_DEPTH}, or contains itself"
            raise ConversionError(message, context={"path": path})
        name = model_name(value)
        if name is not None:
            return {"$m": name, "v": model_fields(value, name, self, path, depth)}
        return self._composed(value, path, depth)

    def _composed(self, value: object, path: str, depth: int) -> object:
        if isinstance(value, Mapping):
            return self._map(value, path, depth)
        if isinstance(value, (Sequence, AbstractSet)):
            items = sorted(value, key=str) if isinstance(value, AbstractSet) else value
            return [self.write(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(items, 1)]
        if isinstance(value, date):
            return {"$d": value.isoformat()}
        return self._without_form(value, path)

    def _map(self, value: Mapping[Any, object], path: str, depth: int) -> dict[str, object]:
        written: dict[str, object] = {}
        for key, one in value.items():
            name = key if type(key) is str and self.mask is None and key.isidentifier() else self._key(key, path)
            if one is None or type(one) is bool or (type(one) is int and -_INT64 <= one < _INT64):
                written[name] = one
            elif type(one) is str:
                written[name] = self._text(one)
            else:  # to name the place of it takes longer than to write most of them
                written[name] = self.write(one, f"{path}.{key}", depth + 1)
        return written

    def _text(self, value: str) -> object:
        text = str(value) if self.mask is None else self.mask(value)
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            return {"$u": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")}
        return text

    def _bytes(self, value: bytes) -> bytes:
        """Mask bytes that are text: the value of a state, say."""
        if self.mask is None:
            return value
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return value
        masked = self.mask(text)
        return value if masked == text else masked.encode()

    def _key(self, key: object, path: str) -> str:
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            if self.strict:
                message = f"{path} has a key of type {type(key).__name__}; keys are text"
                raise ConversionError(message, context={"path": path})
            key = repr(type(key).__name__)
        text = self._text(str(key))
        if not isinstance(text, str):
            text = text["$u"] if not self.strict else _broken_key(path)  # type: ignore[index]  # the form of half a pair
        return f"${text}" if text.startswith("$") else text

    def _without_form(self, value: object, path: str) -> object:
        kind = type(value).__name__
        if not self.strict:
            return {"$x": kind}
        message = f"{path} is of the type {kind}, which has no form in JSON"
        suggestions = ["return text, numbers, truth values, bytes, dates, lists and maps"]
        raise ConversionError(message, suggestions=suggestions, context={"path": path, "type": kind})


def _number(value: int | float | None) -> object:  # noqa: PYI041 - they differ here
    """Write a number, a truth value or nothing."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_INT64 <= value < _INT64 else {"$i": str(int(value))}
    return float(value) if math.isfinite(value) else {"$f": str(float(value))}


def _broken_key(path: str) -> str:
    message = f"{path} has a key with half a surrogate pair, which is no character"
    raise ConversionError(message, context={"path": path})


def read(value: Any) -> Any:
    """Read what a `Writer` wrote; raises `ConversionError` for what none wrote."""
    if isinstance(value, dict):
        form = next(iter(value), "")
        if form.startswith("$") and not form.startswith("$$"):
            try:
                return _form(form, value)
            except (ValueError, TypeError, KeyError) as error:
                message = f"a record holds what is no {form} form: {error}"
                raise ConversionError(message) from error
        return {key[1:] if key.startswith("$$") else key: read(one) for key, one in value.items()}
    if isinstance(value, list):
        return [read(one) for one in value]
    return value


def _form(form: str, value: dict[str, Any]) -> object:  # noqa: PLR0911 - a table
    body = value[form]
    if form == "$b":
        return base64.b64decode(body, validate=True)
    if form == "$u":
        return base64.b64decode(body, validate=True).decode("utf-8", "surrogatepass")
    if form == "$d":
        return date.fromisoformat(body) if len(body) == _DATE else datetime.fromisoformat(body)
    if form == "$i":
        return int(body)
    if form == "$f":
        return float(body)
    if form == "$m":
        return model_of(body, read(value["v"]))
    if form == "$x":
        return f"<{body}>"
    message = f"unknown form {form!r}"
    raise ValueError(message)
