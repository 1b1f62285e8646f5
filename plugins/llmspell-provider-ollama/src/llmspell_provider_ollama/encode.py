"""From a request to the body of `/api/chat` or `/api/generate` (Ollama's docs/api.md)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadRequestError
from llmspell.model.llm import Media, Reasoning, ToolCall, ToolResult, Unknown
from llmspell_provider_ollama.decode import MESSAGE, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.embedding import EmbedRequest
    from llmspell.model.llm import Content, LlmRequest, Message
    from llmspell_provider_ollama.section import OllamaSection

Json = dict[str, Any]
_OF_GENERATE = frozenset({"suffix", "raw", "template", "context"})


def encode_request(request: LlmRequest, section: OllamaSection, *, streaming: bool) -> tuple[str, Json]:
    """Give path and body. Raises `BadRequestError` for what this API has no form for.

    Fields of `extra` that only `/api/generate` has (`suffix`, `raw`, ...) ask there.
    """
    body: Json = {"model": request.model or section.model, "stream": streaming}
    generate = section.api == "generate" or not _OF_GENERATE.isdisjoint(request.extra)
    body.update(_prompt(request) if generate else _conversation(request))
    if request.response_schema is not None:
        body["format"] = dict(request.response_schema)
    if section.think is not None:
        body["think"] = section.think
    if not section.truncate:  # the server's habit is to drop messages in silence, old ones first
        body["truncate"] = body["shift"] = False
    if section.keep_alive is not None:
        body["keep_alive"] = section.keep_alive
    extra = dict(request.extra)
    more = extra.pop("options", None)
    options = _options(request, section) | (more if isinstance(more, dict) else {})
    if options:
        body["options"] = options
    body.update(extra)
    return "generate" if generate else "chat", body


def encode_embed(request: EmbedRequest, section: OllamaSection) -> Json:
    """Give the body of `/api/embed`; a text that is too long is an error there, never cut."""
    body: Json = {"model": request.model or section.model, "input": list(request.texts), "truncate": section.truncate}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    if section.keep_alive is not None:
        body["keep_alive"] = section.keep_alive
    if section.context is not None:
        body["options"] = {"num_ctx": section.context}
    body.update(request.extra)
    return body


def _options(request: LlmRequest, section: OllamaSection) -> Json:
    temperature = section.temperature if request.temperature is None else request.temperature
    settings = {
        "temperature": temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "num_predict": request.max_tokens or section.max_tokens,
        "num_ctx": section.context,
        "stop": list(request.stop) or None,
    }
    return {**section.options, **{name: value for name, value in settings.items() if value is not None}}


def _conversation(request: LlmRequest) -> Json:
    messages: list[Json] = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        messages += _message(message)
    body: Json = {"messages": messages}
    if request.tool_choice not in ("auto", "none"):
        raise BadRequestError(
            f"Ollama cannot be made to call a tool (tool_choice is {request.tool_choice!r})",
            suggestions=["say in the prompt which tool to call", "offer only that tool"],
        )
    if request.tools and request.tool_choice != "none":
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": dict(one.schema)},
            }
            for one in request.tools
        ]
    return body


def _prompt(request: LlmRequest) -> Json:
    """Give the fields of a single prompt."""
    if request.tools or len(request.messages) != 1 or request.messages[0].role != "user":
        raise BadRequestError(
            "/api/generate takes one message of the user and no tools",
            suggestions=['set api = "chat" in [providers.ollama]', "leave suffix, raw and template out of the request"],
        )
    (encoded,) = _message(request.messages[0])
    encoded.pop("role")
    body: Json = {"prompt": encoded.pop("content"), **encoded}
    return {**body, "system": request.system} if request.system else body


def _message(message: Message) -> list[Json]:
    """Give a message's forms: a turn may hold the results of several calls, and each is a message here."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    encoded: list[Json] = [
        {"role": "tool", "tool_name": one.name, "tool_call_id": one.id, "content": one.content} for one in results
    ]
    if rest or not results:
        encoded.append(_turn(message.role, message.text, rest))
    return encoded


def _turn(role: str, text: str, parts: Sequence[Content]) -> Json:
    encoded: Json = {"role": role, "content": text}
    thought = "".join(part.text for part in parts if isinstance(part, Reasoning) and part.signature is None)
    if thought:  # signed reasoning is another provider's
        encoded["thinking"] = thought
    images = [_image(part) for part in parts if isinstance(part, Media)]
    if images:
        encoded["images"] = images
    calls = [part for part in parts if isinstance(part, ToolCall)]
    if calls:
        encoded["tool_calls"] = [_call(index, call) for index, call in enumerate(calls)]
    for part in parts:
        if isinstance(part, Unknown):
            encoded.update(_fields(part))
    return encoded


def _fields(part: Unknown) -> Json:
    """Give the fields of a message that have no name here; what stood around a message does not go back."""
    if part.origin is None:
        return dict(part.data)  # the caller knows what the server takes
    inside = part.data.get(MESSAGE) if part.origin == ORIGIN else None
    return dict(inside) if isinstance(inside, dict) else {}


def _image(media: Media) -> str:
    if media.kind != "image":
        raise BadRequestError(f"Ollama takes images only, not {media.media_type}")
    if media.data is None:
        raise BadRequestError(
            f"Ollama takes the data of an image, not the address {media.url}", suggestions=["read the image first"]
        )
    return base64.b64encode(media.data).decode()


def _call(index: int, call: ToolCall) -> Json:
    arguments: Json = dict(call.arguments) if call.raw is None else {"text": call.raw}  # an object is all it takes
    return {"id": call.id, "function": {"index": index, "name": call.name, "arguments": arguments}}
