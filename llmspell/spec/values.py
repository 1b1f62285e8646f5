"""Python values on the wire: the forms of `llmspell.spec.wire` in both directions. Standard library only."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_DEPTH = 64
_INT53 = 1 << 53
_INT64 = 1 << 63
_FORMS = ("$h", "$fn", "$s", "$b", "$d", "$i")


class WireError(ValueError):
    """Say what cannot cross, and where in the value it is: `path` is like `$.options.items[2]`."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class Handle:
    """Stand for an object of the kernel; `fields` are what a script can read on it."""

    __slots__ = ("fields", "id", "kind")

    def __init__(self, kind: str, id: int | str, fields: Mapping[str, Any] | None = None) -> None:  # noqa: A002
        self.kind = kind
        self.id = id
        self.fields = fields

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and (self.kind, self.id) == (other.kind, other.id)

    def __hash__(self) -> int:
        return hash((self.kind, self.id))

    def __repr__(self) -> str:
        return f"Handle({self.kind!r}, {self.id!r})"


class CallbackRef:
    """Stand for function `n` of the guest. Each one received counts as one sending to give back with `release`."""

    __slots__ = ("n",)

    def __init__(self, n: int) -> None:
        self.n = n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CallbackRef) and self.n == other.n

    def __hash__(self) -> int:
        return hash(("fn", self.n))

    def __repr__(self) -> str:
        return f"CallbackRef({self.n})"


class StreamRef:
    """Stand for a stream whose items the host sends as `item` messages."""

    __slots__ = ("id",)

    def __init__(self, id: int | str) -> None:  # noqa: A002
        self.id = id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StreamRef) and self.id == other.id

    def __hash__(self) -> int:
        return hash(("s", self.id))

    def __repr__(self) -> str:
        return f"StreamRef({self.id!r})"


def encode_value(value: object, *, path: str = "$", int64: bool = True) -> Any:
    """Give the wire form of a Python value; `int64` says whether the guest has 64-bit integers.

    Raises `WireError` with the path of a NaN, an infinity, a lone surrogate, a cycle, a map key that is no string,
    more than 64 levels or a type that has no form.
    """
    return _encode(value, path, int64, 0)


def _encode(value: object, path: str, int64: bool, depth: int) -> Any:  # noqa: FBT001, PLR0911 - one return a type
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:
        return _encode_text(value, path)  # type: ignore[arg-type]
    if kind is int:
        bound = _INT64 if int64 else _INT53
        return value if -bound <= value < bound else {"$i": str(value)}  # type: ignore[operator]
    if kind is float:
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN is not itself
            raise WireError("NaN and infinities have no JSON form", path)
        return value
    if depth >= MAX_DEPTH:
        raise WireError(f"nested deeper than {MAX_DEPTH} levels (or contains itself)", path)
    if kind is dict:
        return _encode_map(value, path, int64, depth + 1)  # type: ignore[arg-type]
    if isinstance(value, (list, tuple)):
        return [_encode(item, f"{path}[{at}]", int64, depth + 1) for at, item in enumerate(value)]
    return _encode_other(value, path, int64, depth)


def _encode_text(value: str, path: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise WireError("the text has half of a surrogate pair", path) from None
    return value


def _encode_map(value: Mapping[str, Any], path: str, int64: bool, depth: int) -> dict[str, Any]:  # noqa: FBT001
    out = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise WireError(f"a map key is {type(key).__name__}, not text", path)
        out["$" + key if key[:1] == "$" else _encode_text(key, path)] = _encode(item, f"{path}.{key}", int64, depth)
    return out


def _encode_other(value: object, path: str, int64: bool, depth: int) -> Any:  # noqa: FBT001, PLR0911 - as above
    from collections.abc import Mapping  # noqa: PLC0415 - rare, and the child never gets here
    from datetime import date  # noqa: PLC0415 - covers datetime, its subclass

    if isinstance(value, Handle):
        form: dict[str, Any] = {"$h": [value.kind, value.id]}
        if value.fields is not None:
            form["$v"] = _encode_map(value.fields, path, int64, depth + 1)
        return form
    if isinstance(value, CallbackRef):
        return {"$fn": value.n}
    if isinstance(value, StreamRef):
        return {"$s": value.id}
    if isinstance(value, (bytes, bytearray, memoryview)):
        from base64 import b64encode  # noqa: PLC0415

        return {"$b": b64encode(value).decode()}
    if isinstance(value, date):
        return {"$d": value.isoformat()}
    if isinstance(value, Mapping):
        return _encode_map(value, path, int64, depth + 1)
    for plain in (bool, int, float, str):  # subclasses: enums, quantities
        if isinstance(value, plain):
            return _encode(plain(value), path, int64, depth)
    raise WireError(f"a {type(value).__name__} has no form that a script can read", path)


def decode_value(value: Any, *, path: str = "$") -> Any:
    """Give the Python value of a wire form; raises `WireError` with the path of a malformed form."""
    if isinstance(value, list):
        return [decode_value(item, path=f"{path}[{at}]") for at, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    for key in value:
        if key[:1] == "$":
            return _decode_form(value, path)
    return {key: decode_value(item, path=f"{path}.{key}") for key, item in value.items()}


def _decode_form(value: dict[str, Any], path: str) -> Any:
    name = next((form for form in _FORMS if form in value), None)
    if name is None:
        return {
            key[1:] if key[:1] == "$" else key: decode_value(item, path=f"{path}.{key}") for key, item in value.items()
        }
    content = value[name]
    try:
        return _DECODERS[name](content, value, path)
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, WireError):
            raise
        raise WireError(f"the form {name} is malformed: {error}", path) from None


def _decode_handle(content: Any, value: dict[str, Any], path: str) -> Handle:
    kind, number = content
    if not isinstance(kind, str) or not isinstance(number, (int, str)):
        raise WireError("the form $h is malformed", path)
    fields = value.get("$v")
    return Handle(kind, number, None if fields is None else decode_value(fields, path=path))


def _decode_bytes(content: Any, _value: dict[str, Any], _path: str) -> bytes:
    from base64 import b64decode  # noqa: PLC0415 - rare

    return b64decode(content, validate=True)


def _decode_date(content: Any, _value: dict[str, Any], _path: str) -> object:
    from datetime import datetime  # noqa: PLC0415 - rare

    return datetime.fromisoformat(content)


_DECODERS: dict[str, Any] = {
    "$h": _decode_handle,
    "$fn": lambda content, _value, _path: CallbackRef(int(content)),
    "$s": lambda content, _value, _path: StreamRef(content),
    "$b": _decode_bytes,
    "$d": _decode_date,
    "$i": lambda content, _value, _path: int(content),
}
