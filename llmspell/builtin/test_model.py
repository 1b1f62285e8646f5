"""A model that exercises what it is offered: every tool once, with arguments made from its schema, then a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from llmspell.builtin.scripted import answers_given
from llmspell.model.llm import (
    Finish,
    LlmRequest,
    Part,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
    UsagePart,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.spec import Context

MAX_DEPTH = 8


class TestProvider:
    """Call each offered tool in one answer; say in the next what each of them returned, or what its schema asks for."""

    __test__ = False

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:  # noqa: ARG002 - the protocol's signature
        """Yield tool calls first, the report second."""
        if request.tools and answers_given(request.messages) == 0:
            for index, tool in enumerate(request.tools):
                yield ToolCallStart(index, f"test_{index}", tool.name)
                yield ToolCallDelta(index, json.dumps(sample(tool.schema)))
                yield ToolCallEnd(index)
            yield UsagePart(Usage(requests=1, cost=0.0))
            yield Finish("tool_calls", model="test")
            return
        results = [p for m in request.messages for p in m.parts if isinstance(p, ToolResult)]
        yield TextDelta(_report(request, results))
        yield UsagePart(Usage(requests=1, cost=0.0))
        yield Finish("stop", model="test")


def _report(request: LlmRequest, results: list[ToolResult]) -> str:
    if request.response_schema is not None:
        return json.dumps(sample(request.response_schema))
    told = {result.name: result.content for result in results}
    return json.dumps(told, ensure_ascii=False) if told else "no tools were offered"


def sample(schema: Mapping[str, object], depth: int = 0) -> object:
    """Make the smallest value a JSON Schema allows, as far as defaults, examples, enums, types and bounds tell."""
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        choices = schema.get(key)
        if isinstance(choices, list) and choices:
            return choices[0]
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        if isinstance(options, list) and options:
            return sample(options[0], depth)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object" and depth < MAX_DEPTH:
        properties = cast("Mapping[str, Mapping[str, object]]", schema.get("properties", {}))
        required = cast("list[str]", schema.get("required", []))
        return {name: sample(properties.get(name, {}), depth + 1) for name in required}
    if kind == "array":
        items = schema.get("items")
        count = int(cast("int", schema.get("minItems", 0)))
        return [sample(items if isinstance(items, Mapping) else {}, depth + 1) for _ in range(count)]
    return _scalar(kind, schema)


def _scalar(kind: object, schema: Mapping[str, object]) -> object:
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        number = cast("float", low) + (1 if "exclusiveMinimum" in schema else 0)
        return int(number) if kind == "integer" else number
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    if kind == "object":
        return {}
    return "a" * max(1, int(cast("int", schema.get("minLength", 1))))
