"""From a request to the body of a chat completion (the API's `CreateChatCompletionRequest`)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from llmspell.errors import BadRequestError
from llmspell.model.llm import Media, Reasoning, Text, ToolCall, ToolResult, Unknown
from llmspell_provider_openai.chat.decode import ORIGIN
from llmspell_provider_openai.forms import REASONING_MODEL, Json, data_url, file_data, named_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.llm import Content, LlmRequest, Message
    from llmspell_provider_openai.endpoint import Endpoint

_AUDIO = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


def encode_request(request: LlmRequest, endpoint: Endpoint, *, streaming: bool) -> Json:
    """Give the body. Raises `BadRequestError` for content that this API has no form for."""
    section = endpoint.section
    body: Json = {"model": request.model or section.model, "messages": _messages(request)}
    if request.tools:
        body["tools"] = [_function(spec.name, spec.description, spec.schema) for spec in request.tools]
        if request.tool_choice != "auto":
            body["tool_choice"] = _tool_choice(request.tool_choice)
    temperature = section.temperature if request.temperature is None else request.temperature
    settings = {"temperature": temperature, "top_p": request.top_p, "seed": request.seed}
    body.update((name, value) for name, value in settings.items() if value is not None)
    limit = request.max_tokens or section.max_tokens
    if limit is not None:
        body[_limit_field(body["model"], endpoint)] = limit
    if request.stop:
        body["stop"] = list(request.stop)
    if request.response_schema is not None:
        body["response_format"] = _response_format(request.response_schema)
    if streaming:
        body["stream"] = True
        wanted = section.stream_usage
        if endpoint.preset.stream_usage if wanted is None else wanted:
            body["stream_options"] = {"include_usage": True}
    body.update(request.extra)
    return body


def _messages(request: LlmRequest) -> list[Json]:
    messages: list[Json] = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        messages += _message(message)
    return messages


def _message(message: Message) -> list[Json]:
    """Give a message's forms: a turn may hold the results of several calls, and each is a message here."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    encoded: list[Json] = [{"role": "tool", "tool_call_id": one.id, "content": one.content} for one in results]
    if message.role == "assistant":
        encoded.append(_assistant(rest))
    elif rest:
        encoded.append({"role": message.role, "content": _content(rest)})
    return encoded


def _assistant(parts: Sequence[Content]) -> Json:
    """Give a model's own turn; its reasoning has no form in this API and stays here."""
    if any(isinstance(part, Media) for part in parts):
        raise BadRequestError("this API takes no images, audio or files in a model's own message")
    text = "".join(part.text for part in parts if isinstance(part, Text))
    encoded: Json = {"role": "assistant", "content": text or None}
    calls = [_call(part) for part in parts if isinstance(part, ToolCall)]
    if calls:
        encoded["tool_calls"] = calls
    elif not text:
        encoded["content"] = ""
    if any(_is_content(part) for part in parts):
        encoded["content"] = [_part(part) for part in parts if isinstance(part, Text) or _is_content(part)]
    return encoded


def _is_content(part: Content) -> bool:
    """Tell typed content of this API, or of the caller, from fields around it and from parts of other providers."""
    return isinstance(part, Unknown) and part.origin in (None, ORIGIN) and part.data.get("type") == part.type


def _is_sent(part: Content) -> bool:
    return not isinstance(part, Reasoning) and not (isinstance(part, Unknown) and part.origin not in (None, ORIGIN))


def _call(call: ToolCall) -> Json:
    arguments = json.dumps(call.arguments, ensure_ascii=False) if call.raw is None else call.raw
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _content(parts: Sequence[Content]) -> str | list[Json]:
    if all(isinstance(part, Text) for part in parts):
        texts = [part.text for part in parts if isinstance(part, Text)]
        if len(texts) == 1:
            return texts[0]
    return [_part(part) for part in parts if _is_sent(part)]


def _part(part: Content) -> Json:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Media):
        return _MEDIA[part.kind](part)
    if isinstance(part, Unknown):  # a form this version has no name for: the caller knows what the server takes
        return {"type": part.type, **part.data}
    raise BadRequestError(f"this API has no form for a {type(part).__name__} in a user's message")


def _image(media: Media) -> Json:
    return {"type": "image_url", "image_url": {"url": media.url or data_url(media)}}


def _audio(media: Media) -> Json:
    form = _AUDIO.get(media.media_type)
    if media.data is None or form is None:
        raise BadRequestError(f"audio must be wav or mp3 data, not {media.url or media.media_type}")
    return {"type": "input_audio", "input_audio": {"data": base64.b64encode(media.data).decode(), "format": form}}


def _file(media: Media) -> Json:
    return {"type": "file", "file": file_data(media)}


_MEDIA = {"image": _image, "audio": _audio, "file": _file}


def _function(name: str, description: str, schema: Mapping[str, object]) -> Json:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": dict(schema)}}


def _tool_choice(choice: str) -> str | Json:
    return choice if choice in ("none", "required") else {"type": "function", "function": {"name": choice}}


def _limit_field(model: object, endpoint: Endpoint) -> str:
    chosen = endpoint.section.max_tokens_field
    if chosen != "auto":
        return chosen
    if REASONING_MODEL.match(str(model)):
        return "max_completion_tokens"
    return endpoint.preset.limit_field


def _response_format(schema: Mapping[str, object]) -> Json:
    return {"type": "json_schema", "json_schema": named_schema(schema)}
