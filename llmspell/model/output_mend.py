"""What an answer leaves out: a null in the place of nothing, and the values that a schema has for missing fields."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from llmspell.model.schema_walk import CHOICES, Schema, forms, takes_null, target


def without_nulls(value: object, schema: Any, root: Schema) -> object:
    """Leave out fields that are null, where a field may be missing and null is none of its values.

    Models write it so, and some services make them: where every field must be there, null says that one is not.
    """
    if not isinstance(value, dict | list):
        return value
    known = forms(schema, root)
    if isinstance(value, list):
        items = [one["items"] for one in known if isinstance(one.get("items"), Mapping)]
        return [without_nulls(one, {"anyOf": items}, root) for one in value] if items else value
    needed = {name for one in known for name in one.get("required", ())}
    kept: dict[str, object] = {}
    for name, one in value.items():
        declared = [form["properties"][name] for form in known if name in form.get("properties", ())]
        if one is None and declared and name not in needed and not any(takes_null(d, root) for d in declared):
            continue
        kept[name] = without_nulls(one, {"anyOf": declared}, root) if declared else one
    return kept


def filled(value: object, schema: Any, root: Schema) -> object:
    """Fill in the defaults of a schema for the fields that are missing in a value that fits it."""
    if not isinstance(value, dict | list):
        return value
    one = target(schema, root)
    branches = [found for key in CHOICES if (found := _fitting(value, one.get(key, ()), root)) is not None]
    for branch in (*branches, *one.get("allOf", ())):
        value = filled(value, branch, root)
    if isinstance(value, list):
        items = one.get("items")
        return [filled(item, items, root) for item in value] if isinstance(items, Mapping) else value
    made = dict(value) if isinstance(value, dict) else {}
    for name, part in one.get("properties", {}).items():
        if name in made:
            made[name] = filled(made[name], part, root)
        elif "default" in (known := target(part, root)):
            made[name] = copy.deepcopy(known["default"])
    return made


def _fitting(value: object, branches: Any, root: Schema) -> Schema | None:
    """Give the first branch that a value fits."""
    if not branches:
        return None
    import jsonschema_rs  # noqa: PLC0415 - paid by answers with unions

    shelf = {key: root[key] for key in ("$defs", "definitions") if key in root}
    for branch in branches:
        try:
            if isinstance(branch, Mapping) and jsonschema_rs.is_valid({**branch, **shelf}, value, offline=True):
                return branch
        except (ValueError, jsonschema_rs.ReferencingError):
            continue  # it refers to another place of the whole, and can only be looked at within it
    return None
