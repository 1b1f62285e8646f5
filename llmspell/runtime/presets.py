"""Presets: a tool some of whose arguments are given once for all calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.schema import ArgumentSchema, invalid
from llmspell.runtime.tools import BoundTool, ScriptTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.context import CallContext
    from llmspell.spec.descriptor import Component


def with_presets(bound: BoundTool, presets: Mapping[str, object], component: Component) -> BoundTool:
    """Give a tool that fills in arguments a call leaves out; its schema says so as defaults.

    Raises `ValidationError` for values that do not fit.
    """
    whole = bound.schema.json_schema
    properties = dict(whole.get("properties", {}))
    alone = ArgumentSchema.from_json_schema({"type": "object", **_definitions(whole), "properties": properties})
    given = alone.normalise_keys(presets)
    faults = alone.validate(given)
    if faults:
        raise invalid(f"tool {component.name!r}", faults)
    for name, value in given.items():
        properties[name] = {**properties[name], "default": value}
    schema = {
        **whole,
        "properties": properties,
        "required": [name for name in whole.get("required", ()) if name not in given],
    }

    async def handler(arguments: Mapping[str, object], ctx: CallContext) -> object:
        return await bound.run({**given, **arguments}, ctx)

    target = bound.target
    tool = ScriptTool(
        handler,
        schema,
        output_schema=getattr(target, "output_schema", None),
        examples=[one._asdict() if hasattr(one, "_asdict") else one for one in getattr(target, "examples", ())],
        composed=bound.composed,
    )
    return BoundTool(component, tool, ArgumentSchema.from_json_schema(schema, who=f"tool {component.name!r}"))


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give what `$ref`s of a schema name."""
    return {key: schema[key] for key in ("$defs", "definitions") if key in schema}
