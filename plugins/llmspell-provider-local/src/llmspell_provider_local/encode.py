"""From a request to the body that llama.cpp takes: that of a chat completion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import BadRequestError
from llmspell.model.llm import Media, Text, ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.embedding import EmbedRequest
    from llmspell.model.llm import Content, LlmRequest, Message, ToolSpec
    from llmspell_provider_local.section import LocalSection

Json = dict[str, Any]

_DEFINITIONS = ("$defs", "definitions")

STREAMED = {"stream": True, "return_progress": True, "stream_options": {"include_usage": True}}
"""Pieces also while the request is read, so that it can be taken back then; the first tells its length."""


def is_forced(request: LlmRequest) -> bool:
    """Tell whether the model must call a tool."""
    return bool(request.tools) and request.tool_choice not in ("auto", "none")


def encode_request(request: LlmRequest, section: LocalSection) -> Json:
    """Give the body. Raises `BadRequestError` for content that has no form here.

    A model that must call a tool is held to it by a grammar, which works with every chat template.
    """
    temperature = section.temperature if request.temperature is None else request.temperature
    settings = {
        "temperature": temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "max_tokens": request.max_tokens or section.max_tokens,
        "stop": list(request.stop) or None,
    }
    body: Json = {name: value for name, value in settings.items() if value is not None}
    system, schema = request.system, request.response_schema
    if is_forced(request):
        tools = _chosen(request)
        system = "\n\n".join(filter(None, [system, _told(tools)]))
        schema = _call_schema(tools)
    elif request.tools and request.tool_choice != "none":
        body["tools"] = [_function(spec) for spec in request.tools]
    if schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}
    body["messages"] = [{"role": "system", "content": system}] if system else []
    for message in request.messages:
        body["messages"] += _message(message)
    return {**body, **request.extra, **STREAMED}


def encode_texts(request: EmbedRequest) -> Json:
    """Give the body for vectors. Raises `BadRequestError` for a length that a model does not have."""
    if request.dimensions is not None:
        raise BadRequestError("a local model's vectors have the length it was made for: leave dimensions out")
    return {"input": list(request.texts), "encoding_format": "float", **request.extra}


def _chosen(request: LlmRequest) -> Sequence[ToolSpec]:
    if request.tool_choice == "required":
        return request.tools
    found = [spec for spec in request.tools if spec.name == request.tool_choice]
    if not found:
        raise BadRequestError(f"tool_choice names {request.tool_choice!r}, which is not among the tools of the request")
    return found


def _told(tools: Sequence[ToolSpec]) -> str:
    functions = "\n".join(json.dumps(_function(spec)["function"], ensure_ascii=False) for spec in tools)
    return f'Answer with one call, as {{"name": ..., "arguments": {{...}}}}, of one of these functions:\n{functions}'


def _call_schema(tools: Sequence[ToolSpec]) -> Json:
    """Give the schema of a call of one of the tools, with the definitions of all where references look: at the root."""
    shelf: Json = {}
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": spec.name}, "arguments": _lifted(dict(spec.schema), f"{place}.", shelf)},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for place, spec in enumerate(tools)
    ]
    whole: Json = calls[0] if len(calls) == 1 else {"anyOf": calls}
    return {**whole, "$defs": shelf} if shelf else whole


def _lifted(schema: Json, prefix: str, shelf: Json) -> Json:
    """Give a schema whose definitions lie on the shelf, under names of their own."""
    for key in _DEFINITIONS:
        for name, one in schema.pop(key, {}).items():
            shelf[prefix + name] = _renamed(one, prefix)
    return cast("Json", _renamed(schema, prefix))


def _renamed(value: object, prefix: str) -> object:
    if isinstance(value, Mapping):
        return {key: _target(one, prefix) if key == "$ref" else _renamed(one, prefix) for key, one in value.items()}
    return [_renamed(one, prefix) for one in value] if isinstance(value, list | tuple) else value


def _target(reference: object, prefix: str) -> object:
    for key in _DEFINITIONS:
        if isinstance(reference, str) and reference.startswith(f"#/{key}/"):
            return f"#/$defs/{prefix}{reference.removeprefix(f'#/{key}/')}"
    return _renamed(reference, prefix)


def _function(spec: ToolSpec) -> Json:
    function = {"name": spec.name, "description": spec.description, "parameters": dict(spec.schema)}
    return {"type": "function", "function": function}


def _message(message: Message) -> list[Json]:
    """Give a message's forms: each result of a call is a message of its own."""
    encoded: list[Json] = [
        {"role": "tool", "tool_call_id": part.id, "name": part.name, "content": part.content}
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    text, calls = _text(message.parts), [_call(part) for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        encoded.append({"role": message.role, "content": text or None, "tool_calls": calls})
    elif text or not encoded:
        encoded.append({"role": message.role, "content": text})
    return encoded


def _text(parts: Sequence[Content]) -> str:
    """Join the texts; reasoning and parts of other providers stay here, and what a model cannot see is refused."""
    media = next((part for part in parts if isinstance(part, Media)), None)
    if media is not None:
        raise BadRequestError(
            f"a local model reads text only, not {media.media_type}",
            suggestions=["ask a model that takes images, audio or files through another provider"],
        )
    return "".join(part.text for part in parts if isinstance(part, Text))


def _call(call: ToolCall) -> Json:
    arguments = json.dumps(call.arguments, ensure_ascii=False) if call.raw is None else call.raw
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
