"""From a request to the body of a response (the API's `CreateResponse`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmspell.errors import BadRequestError
from llmspell.model.llm import Media, Reasoning, Text, ToolCall, ToolResult, Unknown
from llmspell_provider_openai.forms import REASONING_MODEL, Json, data_url, file_data, named_schema
from llmspell_provider_openai.responses.items import CONTENT, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.llm import Content, LlmRequest, Message
    from llmspell_provider_openai.endpoint import Endpoint

_CHAT_ONLY = {"stop": "stop sequences", "seed": "seed"}


def encode_request(request: LlmRequest, endpoint: Endpoint, *, streaming: bool) -> Json:
    """Give the body. Raises `BadRequestError` for what this API has no form for.

    Nothing is stored at the service unless the section says so; what a model thought comes encrypted instead, and goes
    back with the conversation.
    """
    for name, what in _CHAT_ONLY.items():
        if getattr(request, name):
            raise BadRequestError(
                f"the responses API takes no {what}", suggestions=[f'leave out {name}, or set api = "chat"']
            )
    section = endpoint.section
    body: Json = {"model": request.model or section.model, "input": _input(request), "store": section.store}
    if request.system:
        body["instructions"] = request.system
    if request.tools:
        body["tools"] = [_function(spec.name, spec.description, spec.schema) for spec in request.tools]
        if request.tool_choice != "auto":
            body["tool_choice"] = _tool_choice(request.tool_choice)
    temperature = section.temperature if request.temperature is None else request.temperature
    limit = request.max_tokens or section.max_tokens
    settings = {"temperature": temperature, "top_p": request.top_p, "max_output_tokens": limit}
    body.update((name, value) for name, value in settings.items() if value is not None)
    if request.response_schema is not None:
        body["text"] = {"format": {"type": "json_schema", **named_schema(request.response_schema)}}
    if not section.store and REASONING_MODEL.match(str(body["model"])):
        body["include"] = ["reasoning.encrypted_content"]
    if streaming:
        body["stream"] = True
    body.update(request.extra)
    return body


def _input(request: LlmRequest) -> list[Json]:
    return [item for message in request.messages for item in _items(message)]


def _items(message: Message) -> list[Json]:
    """Give a message's items: calls, results and reasoning each are one, in their places among the text."""
    items: list[Json] = []
    for part in message.parts:
        item = _item(part)
        if item is not None:
            items.append(item)
            continue
        content = _content(part, of_model=message.role == "assistant")
        if content is None:
            continue
        role = "user" if isinstance(part, Media) and message.role == "assistant" else message.role
        if items and items[-1].get("role") == role:
            items[-1]["content"].append(content)
        else:
            items.append({"type": "message", "role": role, "content": [content]})
    return items


def _item(part: Content) -> Json | None:
    """Give the item that a part is by itself."""
    if isinstance(part, ToolResult):
        return {"type": "function_call_output", "call_id": part.id, "output": part.content}
    if isinstance(part, ToolCall):
        arguments = json.dumps(part.arguments, ensure_ascii=False) if part.raw is None else part.raw
        return {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": arguments}
    if isinstance(part, Reasoning) and part.origin == ORIGIN and part.signature:
        item: Json = json.loads(part.signature)
        # the service knows an item by its id alone only where it was stored
        return item if item.get("encrypted_content") or item.get("content") else None
    if isinstance(part, Unknown) and part.origin == ORIGIN:
        return dict(part.data)
    return None


def _content(part: Content, *, of_model: bool) -> Json | None:
    """Give a part as content of a message; None for what belongs to other providers."""
    if isinstance(part, Text):
        return {"type": "output_text" if of_model else "input_text", "text": part.text}
    if isinstance(part, Media):
        return _media(part)
    if isinstance(part, Unknown) and part.origin in (None, CONTENT):
        return {"type": part.type, **part.data}
    return None


def _media(media: Media) -> Json:
    if media.kind == "image":
        return {"type": "input_image", "image_url": media.url or data_url(media)}
    if media.kind == "file":
        return (
            {"type": "input_file", "file_url": media.url} if media.url else {"type": "input_file", **file_data(media)}
        )
    raise BadRequestError("the responses API takes no audio", suggestions=['set api = "chat"'])


def _function(name: str, description: str, schema: Mapping[str, object]) -> Json:
    return {"type": "function", "name": name, "description": description, "parameters": dict(schema), "strict": False}


def _tool_choice(choice: str) -> str | Json:
    return choice if choice in ("none", "required") else {"type": "function", "name": choice}
