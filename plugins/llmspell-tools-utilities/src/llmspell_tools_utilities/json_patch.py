"""JSON Patch (RFC 6902) over JSON Pointer (RFC 6901)."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from llmspell.errors import ValidationError
from llmspell_tools_utilities.json_size import MAX_DEPTH, MAX_SIZE, size_of, too_deep

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

_INDEX = re.compile(r"(?:0|[1-9]\d*)\Z")
_NEEDS = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from", "remove": "path"}


def canonical(value: Any) -> Hashable:
    """Give a hashable form that is equal for equal JSON values: 1 is 1.0, but not true."""
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, dict):
        return ("object", frozenset((key, canonical(one)) for key, one in value.items()))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(map(canonical, value)))
    scalar: Hashable = value
    return scalar


def apply_patch(document: Any, patch: Sequence[Mapping[str, Any]]) -> Any:
    """Give the patched copy; the document stays as it is, also when an operation fails.

    Raises `ValidationError` that names the operation: unknown, a path that is not there, a `test` that fails; and
    `ResourceExhaustedError` for what has grown too large or too deep.
    """
    size = size_of(document)
    value = copy.deepcopy(document)
    for index, operation in enumerate(patch):
        try:
            size += _added(value, operation, MAX_SIZE - size)
            value = _apply(value, operation)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            why = str(error.args[0]) if error.args else "it cannot be applied"
            path = f"patch[{index}]"
            raise ValidationError(f"{path}: {why}", context={"faults": [{"path": path, "message": why}]}) from error
    return value


def _added(document: Any, operation: Mapping[str, Any], left: int) -> int:
    """Give how much larger an operation makes a document; looked at before, since a copy may be of all there is."""
    depth = str(operation.get("path", "")).count("/")
    if depth > MAX_DEPTH:
        raise too_deep()
    if operation.get("op") == "copy" and "from" in operation:
        return size_of(_find(document, _tokens(operation["from"])), left)
    return size_of(operation.get("value"), left)


def _apply(document: Any, operation: Mapping[str, Any]) -> Any:
    name = operation.get("op")
    if name not in _NEEDS or "path" not in operation or _NEEDS[name] not in operation:
        needed = f"needs path and {_NEEDS[name]}" if name in _NEEDS else f"is none of {', '.join(_NEEDS)}"
        raise ValueError(f"the operation {name!r} {needed}")
    path = _tokens(operation["path"])
    if name in {"add", "replace"}:
        return _put(document, path, copy.deepcopy(operation["value"]), replace=name == "replace")
    if name == "remove":
        return _take(document, path)
    if name == "test":
        if canonical(_find(document, path)) != canonical(operation["value"]):
            raise ValueError(f"the test of {operation['path']!r} failed: the value is {_find(document, path)!r}")
        return document
    source = _tokens(operation["from"])
    if name == "move" and len(source) < len(path) and path[: len(source)] == source:
        raise ValueError("a value cannot be moved into itself")
    value = copy.deepcopy(_find(document, source))
    return _put(_take(document, source) if name == "move" else document, path, value)


def _tokens(pointer: Any) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise ValueError(f"{pointer!r} is no JSON pointer: it begins with /")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _find(document: Any, path: list[str]) -> Any:
    for token in path:
        document = document[_key(document, token)]
    return document


def _key(container: Any, token: str, *, end: bool = False) -> Any:
    """Give the key or index of a token; `end` allows the place behind the last item, which is also written `-`."""
    if isinstance(container, dict):
        if not end and token not in container:
            raise KeyError(f"there is no key {token!r}")
        return token
    if isinstance(container, list):
        if end and token == "-":  # noqa: S105 - a token of a path
            return len(container)
        if not _INDEX.match(token):
            raise ValueError(f"{token!r} is no index of a list")
        if int(token) >= len(container) + end:
            raise IndexError(f"the list has {len(container)} items, not {token} and more")
        return int(token)
    raise TypeError(f"there is nothing below {container!r}")


def _put(document: Any, path: list[str], value: Any, *, replace: bool = False) -> Any:
    if not path:
        return value
    parent = _find(document, path[:-1])
    key = _key(parent, path[-1], end=not replace)
    if isinstance(parent, list) and not replace:
        parent.insert(key, value)
    else:
        parent[key] = value
    return document


def _take(document: Any, path: list[str]) -> Any:
    if not path:
        return None
    parent = _find(document, path[:-1])
    del parent[_key(parent, path[-1])]
    return document
