"""Ways through a JSON Schema: its parts, what a reference leads to, the forms that a value may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema = Mapping[str, Any]

NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose value maps names to schemas."""

LISTED = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
SINGLE = frozenset(
    {"items", "additionalProperties", "additionalItems", "contains", "propertyNames", "not", "if", "then", "else",
     "unevaluatedItems", "unevaluatedProperties", "contentSchema"}
)  # fmt: skip
CHOICES = ("anyOf", "oneOf")
_DEEPEST = 16
"""Unions within unions; deeper ones lead in a circle."""


def mapped(schema: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """Give a schema of which every part went through `change`, the innermost first; values that look alike stay."""
    if not isinstance(schema, Mapping):
        return schema
    made: dict[str, Any] = {}
    for key, one in schema.items():
        if key in NAMED and isinstance(one, Mapping):
            made[key] = {name: mapped(part, change) for name, part in one.items()}
        elif key in LISTED and isinstance(one, list | tuple):
            made[key] = [mapped(part, change) for part in one]
        else:
            made[key] = mapped(one, change) if key in SINGLE else one
    return change(made)


def parts(schema: Any) -> Iterator[Schema]:
    """Give a schema and every schema within it."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    for key, one in schema.items():
        inner = one.values() if key in NAMED and isinstance(one, Mapping) else one if key in LISTED else [one]
        if key in NAMED or key in LISTED or key in SINGLE:
            for part in inner:
                yield from parts(part)


def target(schema: Any, root: Schema) -> Schema:
    """Follow references within `root`; a schema without one is itself, one that leads nowhere says nothing."""
    seen: set[str] = set()
    while isinstance(schema, Mapping) and isinstance(reference := schema.get("$ref"), str):
        if reference in seen or not reference.startswith("#"):
            return {}
        seen.add(reference)
        schema = _at(reference, root)
    return schema if isinstance(schema, Mapping) else {}


def forms(schema: Any, root: Schema) -> list[Schema]:
    """List the schemas that a value here may have to fit: this one, and those it chooses from or puts together."""
    found: list[Schema] = []
    seen: set[int] = set()
    todo = [schema]
    while todo:
        one = target(todo.pop(), root)
        if id(one) in seen:
            continue
        seen.add(id(one))
        found.append(one)
        for key in ("anyOf", "oneOf", "allOf"):
            branches = one.get(key)
            todo += branches if isinstance(branches, list) else []
    return found


def takes_null(schema: Any, root: Schema, depth: int = 0) -> bool:
    """Tell whether null fits a schema."""
    one = target(schema, root)
    kinds = one.get("type", "null")
    if kinds != "null" and "null" not in (kinds if isinstance(kinds, list) else ()):
        return False
    if None not in one.get("enum", [None]) or one.get("const") is not None or depth > _DEEPEST:
        return False
    together = all(takes_null(part, root, depth + 1) for part in one.get("allOf", ()))
    return together and all(any(takes_null(p, root, depth + 1) for p in one[key]) for key in CHOICES if one.get(key))


def _at(reference: str, root: Schema) -> Any:
    node: Any = root
    for step in reference[1:].split("/"):
        if step:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, Mapping) else None
    return node
