"""From a request to the body of `generateContent` (the API's `GenerateContentRequest`)."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadRequestError
from llmspell.model.llm import Media, Reasoning, Text, ToolCall, ToolResult, Unknown
from llmspell_provider_google.decode import ORIGIN, PART, SIGNATURE

if TYPE_CHECKING:
    from llmspell.model.llm import Content, LlmRequest, Message
    from llmspell_provider_google.section import GoogleSection

Json = dict[str, Any]
UNSIGNED = "skip_thought_signature_validator"
"""Google's word for a call that no Gemini model made: later models refuse one without a signature."""

_SIGNS = re.compile(r"(models/)?gemini-([3-9]|\d\d)")


def encode_request(request: LlmRequest, section: GoogleSection) -> Json:
    """Give the body. Raises `BadRequestError` for content that this API has no form for."""
    signs = _SIGNS.match(request.model or section.model or "") is not None
    body: Json = {"contents": _contents(request, signs=signs)}
    system = [request.system, *(one.text for one in request.messages if one.role == "system")]
    if any(system):
        body["systemInstruction"] = {"parts": [{"text": text} for text in system if text]}
    if request.tools:
        body["tools"] = [
            {
                "functionDeclarations": [
                    {"name": one.name, "description": one.description, "parametersJsonSchema": dict(one.schema)}
                    for one in request.tools
                ]
            }
        ]
        if request.tool_choice != "auto":
            body["toolConfig"] = {"functionCallingConfig": _tool_choice(request.tool_choice)}
    if section.safety:
        body["safetySettings"] = [
            {"category": f"HARM_CATEGORY_{harm.upper()}", "threshold": threshold.upper()}
            for harm, threshold in section.safety.items()
        ]
    extra = dict(request.extra)
    more = extra.pop("generationConfig", None)
    settings = _settings(request, section) | (more if isinstance(more, dict) else {})
    if settings:
        body["generationConfig"] = settings
    body.update(extra)
    return body


def _settings(request: LlmRequest, section: GoogleSection) -> Json:
    thinking = {
        "includeThoughts": section.thoughts or None,
        "thinkingBudget": section.thinking_budget,
        "thinkingLevel": section.thinking_level,
    }
    settings: Json = {
        "temperature": section.temperature if request.temperature is None else request.temperature,
        "topP": request.top_p,
        "seed": request.seed,
        "maxOutputTokens": request.max_tokens or section.max_tokens,
        "stopSequences": list(request.stop) or None,
        "thinkingConfig": {name: value for name, value in thinking.items() if value is not None} or None,
    }
    if request.response_schema is not None:
        settings["responseMimeType"] = "application/json"
        settings["responseJsonSchema"] = dict(request.response_schema)
    return {name: value for name, value in settings.items() if value is not None}


def _tool_choice(choice: str) -> Json:
    if choice == "none":
        return {"mode": "NONE"}
    return {"mode": "ANY"} if choice == "required" else {"mode": "ANY", "allowedFunctionNames": [choice]}


def _contents(request: LlmRequest, *, signs: bool) -> list[Json]:
    """Give the turns; neighbours of one role become one, so that the results of parallel calls come together."""
    contents: list[Json] = []
    for message in request.messages:
        if message.role == "system":
            continue
        role = "model" if message.role == "assistant" else "user"
        parts = _Turn(message, signs=signs).parts
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"] += parts
        elif parts:
            contents.append({"role": role, "parts": parts})
    return contents


class _Turn:
    """The parts of one message, each with the signature that came with it."""

    def __init__(self, message: Message, *, signs: bool) -> None:
        self.parts: list[Json] = []
        self._next: str | None = None  # the signature of the call that follows
        self._thought = ""
        for part in message.parts:
            self._add(part)
        calls = [part for part in self.parts if "functionCall" in part]
        if signs and calls and not any(SIGNATURE in part for part in calls):
            calls[0][SIGNATURE] = UNSIGNED

    def _add(self, part: Content) -> None:
        if isinstance(part, Text):
            if part.text:
                self.parts.append({"text": part.text})
        elif isinstance(part, Media):
            self.parts.append(_media(part))
        elif isinstance(part, ToolCall):
            self.parts.append(self._call(part))
        elif isinstance(part, ToolResult):
            self.parts.append(_result(part))
        elif isinstance(part, Reasoning):
            self._thought = part.text  # goes back only with a signature of this API
        else:
            self._unknown(part)

    def _call(self, call: ToolCall) -> Json:
        arguments: Json = dict(call.arguments) if call.raw is None else {"text": call.raw}  # an object is all it takes
        encoded: Json = {"functionCall": {"id": call.id, "name": call.name, "args": arguments}}
        if self._next is not None:
            encoded[SIGNATURE], self._next = self._next, None
        return encoded

    def _unknown(self, part: Unknown) -> None:
        if part.origin is None:
            self.parts.append(dict(part.data))  # the caller knows what the service takes
        elif part.origin == ORIGIN and part.type == SIGNATURE:
            self._sign(str(part.data[SIGNATURE]), part.data.get("of"))
        elif part.origin == ORIGIN and isinstance(part.data.get(PART), dict):
            self.parts.append(dict(part.data[PART]))  # type: ignore[call-overload]  # a mapping, as was just asked

    def _sign(self, signature: str, of: object) -> None:
        if of == "call":
            self._next = signature
        elif of == "thought":
            self.parts.append({"text": self._thought, "thought": True, SIGNATURE: signature})
        elif of == "last" and self.parts and SIGNATURE not in self.parts[-1]:
            self.parts[-1][SIGNATURE] = signature
        else:
            self.parts.append({"text": "", SIGNATURE: signature})


def _result(result: ToolResult) -> Json:
    key = "output" if result.outcome == "done" else "error"
    return {"functionResponse": {"id": result.id, "name": result.name, "response": {key: result.content}}}


def _media(media: Media) -> Json:
    if media.url is not None:
        return {"fileData": {"mimeType": media.media_type, "fileUri": media.url}}
    if media.data is None:
        raise BadRequestError(f"a part of type {media.media_type} has neither data nor an address")
    return {"inlineData": {"mimeType": media.media_type, "data": base64.b64encode(media.data).decode()}}
