"""Values between a script and the wire. See `llmspell.spec.wire` for the forms."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import enum
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.errors import ConversionError, LlmspellError, ScriptError
from llmspell_engine_python.shapes import is_shape, schema_of_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

MAX_DEPTH = 64
MAX_NODES = 100_000
INT64 = 1 << 63


class Record(dict[str, Any]):
    """A map of the kernel: a dict whose keys can be read and set as attributes, too (`result.content`)."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"there is no {name!r} here; there are {', '.join(map(str, self)) or 'no keys'}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None


class Formed:
    """An object of the API with a form on the wire. It stands for one of the kernel's, so a copy of it is the same."""

    __slots__ = ("__weakref__", "form")

    form: dict[str, Any]

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self


class Encoder:
    """Write values of one message; `function` gives the number of a function.

    Raises `ConversionError` with the path of what cannot cross, `ScriptError` for more values than a message may have.
    """

    __slots__ = ("_function", "_left", "size")

    def __init__(self, function: Callable[[Callable[..., Any]], int]) -> None:
        self._function = function
        self._left = MAX_NODES
        self.size = 0
        """Characters of text so far."""

    def __call__(self, value: Any, path: str) -> Any:
        """Give the wire form of a value."""
        return self._encode(value, path, 0)

    def _encode(self, value: Any, path: str, depth: int) -> Any:  # noqa: PLR0911 - a table
        self._left -= 1
        if self._left < 0:
            raise ScriptError(
                f"more than {MAX_NODES} values in one message",
                type="resource_exhausted",
                code=4009,
                suggestions=["send them in parts, or as JSON text"],
            )
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            self.size += len(value)
            return _text(value, path)
        if kind is int:
            return value if -INT64 <= value < INT64 else {"$i": str(value)}
        if kind is float:
            return _float(value, path)
        if depth > MAX_DEPTH:
            raise ConversionError(f"{path} is nested deeper than {MAX_DEPTH}, or contains itself")
        if isinstance(value, Formed):
            return dict(value.form)
        if isinstance(value, Mapping):
            return {_key(k, path): self._encode(v, f"{path}.{k}", depth + 1) for k, v in value.items()}
        if kind is list or kind is tuple:
            return [self._encode(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(value)]
        return self._special(value, path, depth)

    def _special(self, value: Any, path: str, depth: int) -> Any:  # noqa: C901, PLR0911 - a table
        if isinstance(value, (bytes, bytearray, memoryview)):
            self.size += len(value)
            return {"$b": base64.b64encode(value).decode("ascii")}
        if isinstance(value, enum.Enum):
            return self._encode(value.value, path, depth + 1)
        if isinstance(value, (str, int, float)):  # subclasses, as what they are
            plain = next(base for base in (str, int, float) if isinstance(value, base))
            return self._encode(plain(value), path, depth)
        if isinstance(value, (dt.datetime, dt.date)):
            return {"$d": value.isoformat()}
        if isinstance(value, LlmspellError):
            return self._encode(value.to_dict(), path, depth + 1)
        if isinstance(value, AbstractSet):
            return self._encode(sorted(value, key=str), path, depth)
        if isinstance(value, Sequence):
            return self._encode(list(value), path, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._encode({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, path, depth)
        if hasattr(type(value), "__fspath__"):
            return self._encode(value.__fspath__(), path, depth)
        if isinstance(value, type) and is_shape(value):
            return self._encode(_described(value, path), path, depth)
        if callable(value):
            return {"$fn": self._function(value)}
        raise ConversionError(
            f"{path} cannot cross out of a script: it is {_article(type(value).__name__)}",
            suggestions=["use text, numbers, truth values, lists, dicts, bytes, dates and functions"],
        )


class Decoder:
    """Read values of the wire. `objects` makes what a form stands for: `objects(form, body, fields)`."""

    __slots__ = ("_objects",)

    def __init__(self, objects: Callable[[str, Any, Any], Any]) -> None:
        self._objects = objects

    def __call__(self, value: Any) -> Any:
        """Give what a script works with; containers are always new."""
        if type(value) is dict:
            form = next(iter(value), "")
            if form[:1] == "$" and form[:2] != "$$":
                return self._form(form, value)
            return Record({key[1:] if key[:2] == "$$" else key: self(one) for key, one in value.items()})
        if type(value) is list:
            return [self(one) for one in value]
        return value

    def _form(self, form: str, value: dict[str, Any]) -> Any:
        body = value[form]
        if form == "$b":
            return base64.b64decode(body)
        if form == "$i":
            return int(body)
        if form == "$d":
            text = str(body)
            return dt.datetime.fromisoformat(text) if "T" in text or " " in text else dt.date.fromisoformat(text)
        return self._objects(form, body, self(value["$v"]) if "$v" in value else None)


def _described(kind: type, path: str) -> dict[str, Any]:
    try:
        return schema_of_class(kind)
    except TypeError as error:
        raise ConversionError(f"{path}: {error}") from None


def _text(value: str, path: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ConversionError(
                f"{path} has half a surrogate pair at character {error.start + 1}, which is no character",
                suggestions=["send it as bytes"],
            ) from None
    return value


def _float(value: float, path: str) -> float:
    if not math.isfinite(value):
        raise ConversionError(f"{path} is {value}, which has no form in JSON")
    return value


def _key(key: Any, path: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if not isinstance(key, (str, int)) or isinstance(key, bool):
        raise ConversionError(f"{path} has a key of type {type(key).__name__}; keys are text")
    text = _text(str(key), path)
    return f"${text}" if text.startswith("$") else text


def _article(name: str) -> str:
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
