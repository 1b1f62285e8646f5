"""From the objects of an answer to parts. A whole answer is one object that is also the last."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from llmspell.errors import StreamInterruptedError
from llmspell.model.llm import (
    Finish,
    Media,
    MediaPart,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownPart,
    Usage,
    UsagePart,
)
from llmspell.spec.provider_faults import number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.llm import FinishReason, Part

ORIGIN = "ollama"
"""Marks the unknown parts of this API, so that they only go back to it."""

MESSAGE = "message"
"""Where an unknown part holds a field of the message, which goes back; the others stood around it."""

_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
_CHUNK = frozenset(
    {
        "model",
        "created_at",
        "message",
        "response",
        "thinking",
        "done",
        "done_reason",
        "total_duration",
        "load_duration",
        "prompt_eval_count",
        "prompt_eval_duration",
        "eval_count",
        "eval_duration",
        "error",
    }
)
_MESSAGE = frozenset({"role", "content", "thinking", "tool_calls", "images", "tool_name"})
_SIGNATURES = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


class ChunkReader:
    """Take decoded objects with `feed`; `finish` gives the last parts or says that the answer was cut.

    `new_id` makes an id for a tool call whose server sent none; `text` is what was said so far; `done` tells that the
    last object came.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.done = False
        self._new_id = new_id
        self._began = False
        self._calls = 0
        self._told: dict[str, Any] = {}  # around the message
        self._inside: dict[str, Any] = {}  # of the message; kept to the end, where it parts no text in two
        self._said: list[str] = []
        self._reason = ""
        self._model: str | None = None

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._said)

    def feed(self, chunk: dict[str, Any]) -> list[Part]:
        """Give the parts of one object; the caller has looked for its `error`."""
        parts: list[Part] = []
        message = chunk.get("message")
        if message is None and "response" in chunk:  # of /api/generate, which says the same without a message
            message = {"content": chunk["response"], "thinking": chunk.get("thinking")}
        if message is not None:
            self._began = True
            self._message(message, parts)
        if not _CHUNK.issuperset(chunk):
            _gather(self._told, chunk, _CHUNK)
        if chunk.get("done"):
            self.done = True
            self._reason = text_of(chunk.get("done_reason")) or ""
            self._model = text_of(chunk.get("model")) or None
            parts.append(UsagePart(read_usage(chunk)))
        return parts

    def finish(self) -> list[Part]:
        """Give what is left and the `Finish`. Raises `StreamInterruptedError` when the answer is not complete."""
        if not self.done or not self._began:
            raise self.interrupted("the answer ended before it was complete")
        parts: list[Part] = [
            UnknownPart(key, {MESSAGE: {key: value}}, ORIGIN) for key, value in sorted(self._inside.items())
        ]
        parts += [UnknownPart(key, {key: value}, ORIGIN) for key, value in sorted(self._told.items())]
        reason: FinishReason = _REASONS.get(self._reason or "stop", "other")
        if self._calls and reason != "length":
            reason = "tool_calls"  # the server says stop whatever the model did
        parts.append(Finish(reason, self._model))
        return parts

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer, with the text so far."""
        return StreamInterruptedError(why, suggestions=["try again"], context={"partial_text": self.text})

    def _message(self, message: dict[str, Any], parts: list[Part]) -> None:
        thought = text_of(message.get("thinking"))
        if thought:
            parts.append(ReasoningDelta(thought))
        content = text_of(message.get("content"))
        if content:
            self._said.append(content)
            parts.append(TextDelta(content))
        if len(message) == 2 and content is not None and "role" in message:  # noqa: PLR2004 - nearly every one
            return
        parts += [MediaPart(_image(image)) for image in message.get("images") or ()]
        for call in message.get("tool_calls") or ():
            self._call(call, parts)
        if not _MESSAGE.issuperset(message):
            _gather(self._inside, message, _MESSAGE)

    def _call(self, call: dict[str, Any], parts: list[Part]) -> None:
        """Give a whole call: Ollama never sends a part of one, but each in an object of its own."""
        function = call["function"]
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
        name = text_of(function["name"])
        if not name:
            raise ValueError("a tool call names no tool")
        index = self._calls
        self._calls += 1
        identity = text_of(call.get("id")) or f"call_{self._new_id()}"
        parts.append(ToolCallStart(index, identity, name))
        parts.append(ToolCallDelta(index, text))
        parts.append(ToolCallEnd(index))


def _gather(kept: dict[str, Any], data: dict[str, Any], known: frozenset[str]) -> None:
    """Keep what has no name here: lists such as `logprobs` come piece by piece, of others the last value counts."""
    for key, value in data.items():
        if key in known or not value:
            continue
        earlier = kept.get(key)
        kept[key] = [*earlier, *value] if isinstance(earlier, list) and isinstance(value, list) else value


def _image(text: str) -> Media:
    data = base64.b64decode(text, validate=True)
    kind = next((kind for mark, kind in _SIGNATURES.items() if data.startswith(mark)), "image/png")
    return Media(kind="image", media_type=kind, data=data)


def read_usage(chunk: dict[str, Any]) -> Usage:
    """Count the tokens of the last object; a prompt that was cached whole is not counted by older servers."""
    asked, answered = number_of(chunk, "prompt_eval_count"), number_of(chunk, "eval_count")
    return Usage(requests=1, input_tokens=asked, output_tokens=answered)
