"""Both spellings of option keys: `escapeHtml` for a declared `escape_html`, and the other way round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def camel(name: str) -> str:
    """Spell a snake_case name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest) if first else name


def snake(name: str) -> str:
    """Spell a camelCase name in snake_case."""
    return _HUMP.sub("_", name).lower()


class KeyNormaliser:
    """Rename the keys of arguments to those a schema declares, at every depth; keys that the schema does not name stay.

    It also gives the empty table of Lua its type: `{}` becomes a list where the schema wants a list and no object.
    """

    __slots__ = ("_children", "_items", "_names", "_values", "_wants_list")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._children: dict[str, KeyNormaliser] = {}
        self._items: KeyNormaliser | None = None
        self._values: KeyNormaliser | None = None
        self._wants_list = False

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> KeyNormaliser:
        """Compile the normaliser of a schema."""
        return _compile(schema, schema, {})

    def apply(self, value: object) -> object:
        """Return `value` with its keys renamed, itself unchanged; a key given in both spellings stays as it is."""
        if isinstance(value, dict):
            if not value and self._wants_list:
                return []
            return self._mapping(value)
        if isinstance(value, (list, tuple)) and self._items is not None:
            return [self._items.apply(one) for one in value]
        return value

    def _mapping(self, value: dict[str, object]) -> dict[str, object]:
        renamed: dict[str, object] = {}
        for key, item in value.items():
            name = self._names.get(key, key)
            if name != key and name in value:
                name = key
            child = self._children.get(name, self._values)
            renamed[name] = item if child is None else child.apply(item)
        return renamed

    def _read(self, schema: Mapping[str, Any], root: Mapping[str, Any], known: dict[int, KeyNormaliser]) -> None:
        kinds = schema.get("type", ())
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        self._wants_list = "array" in kinds and "object" not in kinds
        for name, child in schema.get("properties", {}).items():
            self._names.setdefault(camel(name), name)
            self._names.setdefault(snake(name), name)
            if isinstance(child, dict):
                self._children[name] = _compile(child, root, known)
        for name in schema.get("properties", {}):
            self._names[name] = name
        if isinstance(schema.get("items"), dict):
            self._items = _compile(schema["items"], root, known)
        if isinstance(schema.get("additionalProperties"), dict):
            self._values = _compile(schema["additionalProperties"], root, known)
        branches = [
            _compile(one, root, known)
            for key in ("anyOf", "oneOf", "allOf")
            for one in schema.get(key, ())
            if isinstance(one, dict)
        ]
        for branch in branches:
            self._merge(branch)

    def _merge(self, other: KeyNormaliser) -> None:
        self._names = {**other._names, **self._names}
        self._children = {**other._children, **self._children}
        self._items = self._items or other._items
        self._values = self._values or other._values
        self._wants_list = self._wants_list or (other._wants_list and not self._names)


def _compile(schema: Mapping[str, Any], root: Mapping[str, Any], known: dict[int, KeyNormaliser]) -> KeyNormaliser:
    target = _target(schema, root)
    found = known.get(id(target))
    if found is None:
        found = known[id(target)] = KeyNormaliser()
        found._read(target, root, known)  # noqa: SLF001 - entered in `known` first, so that a type may contain itself
    return found


def _target(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#"):
        return schema
    node: Any = root
    for step in reference[1:].split("/"):
        if step and isinstance(node, dict):
            node = node.get(step.replace("~1", "/").replace("~0", "~"))
    return node if isinstance(node, dict) else schema
