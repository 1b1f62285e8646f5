"""From the chunks of an answer to parts. A whole answer is one chunk (the API's `GenerateContentResponse`)."""

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

ORIGIN = "google"
"""Marks the unknown parts of this API, so that they only go back to it."""

PART = "part"
"""Where an unknown part holds a part of the content, which goes back; the others stood around it."""

SIGNATURE = "thoughtSignature"
"""The field that signs a part, and the type of the unknown part that keeps it.

Its data tells `of` what: the `call` that follows, the `last` part before it, the `thought` before it, or `nothing`
when it came with an empty text.
"""

_REASONS: dict[str, FinishReason] = {"STOP": "stop", "MAX_TOKENS": "length"}
_CHUNK = frozenset(
    {"candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback", "createTime", "error"}
)
_CANDIDATE = frozenset({"content", "finishReason", "finishMessage", "index", "safetyRatings"})
_COUNTS = (
    "promptTokenCount",
    "toolUsePromptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "cachedContentTokenCount",
)
_MARKS = frozenset({"thought", SIGNATURE})


class ChunkReader:
    """Take decoded chunks with `feed`; `finish` gives the last parts or says that the answer was cut.

    `new_id` makes an id for a tool call whose server sent none; `text` is what was said so far; `reason` and
    `explained` are the service's own words for why it ended, `block` for why the prompt was refused.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.reason = ""
        self.explained = ""
        self.block = ""
        self._new_id = new_id
        self._calls = 0
        self._usage: dict[str, Any] = {}
        self._told: dict[str, Any] = {}  # around the content; the last value counts
        self._said: list[str] = []
        self._model: str | None = None
        self._id: str | None = None

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._said)

    def feed(self, chunk: dict[str, Any]) -> list[Part]:
        """Give the parts of one chunk; the caller has looked for its `error`."""
        parts: list[Part] = []
        self._model = text_of(chunk.get("modelVersion")) or self._model
        self._id = text_of(chunk.get("responseId")) or self._id
        if "promptFeedback" in chunk:
            self._feedback(chunk["promptFeedback"] or {})
        for candidate in chunk.get("candidates") or ():
            self._candidate(candidate, parts)
        self._usage = chunk.get("usageMetadata") or self._usage  # each chunk counts all so far
        if self.reason and self._usage:
            parts.append(UsagePart(read_usage(self._usage)))
        self._tell(chunk, _CHUNK)
        return parts

    def finish(self) -> list[Part]:
        """Give what is left and the `Finish`. Raises `StreamInterruptedError` when the answer is not complete."""
        if not self.reason:
            raise self.interrupted("the answer ended before it was complete")
        reason: FinishReason = _REASONS.get(self.reason, "other")
        if self._calls and reason == "stop":
            reason = "tool_calls"  # the service says stop whatever the model did
        parts: list[Part] = [UnknownPart(key, {key: value}, ORIGIN) for key, value in sorted(self._told.items())]
        parts.append(Finish(reason, self._model, self._id))
        return parts

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer, with the text so far."""
        return StreamInterruptedError(why, suggestions=["try again"], context={"partial_text": self.text})

    def _feedback(self, feedback: dict[str, Any]) -> None:
        self.block = text_of(feedback.get("blockReason")) or self.block
        self.explained = text_of(feedback.get("blockReasonMessage")) or self.explained

    def _candidate(self, candidate: dict[str, Any], parts: list[Part]) -> None:
        if candidate.get("index"):  # a second answer, asked for by `candidateCount`
            parts.append(UnknownPart("candidate", {"candidate": candidate}, ORIGIN))
            return
        for part in (candidate.get("content") or {}).get("parts") or ():
            self._part(part, parts)
        self.reason = text_of(candidate.get("finishReason")) or self.reason
        self.explained = text_of(candidate.get("finishMessage")) or self.explained
        self._tell(candidate, _CANDIDATE)

    def _part(self, part: dict[str, Any], parts: list[Part]) -> None:
        signature = text_of(part.get(SIGNATURE))
        if "functionCall" in part:
            if signature:
                parts.append(_signed(signature, "call"))
            self._call(part["functionCall"], parts)
            return
        of = self._content(part, parts)
        if signature:
            parts.append(_signed(signature, of))

    def _content(self, part: dict[str, Any], parts: list[Part]) -> str:
        """Add the parts of anything but a call, and tell what a signature of it would sign."""
        text = text_of(part.get("text"))
        if text is not None:
            if part.get("thought"):
                parts.append(ReasoningDelta(text))
                return "thought"
            if text:
                self._said.append(text)
                parts.append(TextDelta(text))
        elif "inlineData" in part:
            parts.append(MediaPart(_media(part["inlineData"])))
            return "last"
        known = ("text", "inlineData", *_MARKS)
        left = {name: value for name, value in part.items() if name not in known}
        if text is not None:
            self._tell(left, _MARKS)
            return "last" if text else "nothing"
        if not left:
            return "nothing"
        parts.append(UnknownPart(next(iter(left)), {PART: {**left, **_thought(part)}}, ORIGIN))
        return "last"

    def _call(self, call: dict[str, Any], parts: list[Part]) -> None:
        """Give a whole call: this API never sends a part of one unless asked to."""
        name = text_of(call["name"])
        if not name:
            raise ValueError("a tool call names no tool")
        index = self._calls
        self._calls += 1
        identity = text_of(call.get("id")) or f"call_{self._new_id()}"
        parts.append(ToolCallStart(index, identity, name))
        parts.append(ToolCallDelta(index, json.dumps(call.get("args") or {}, ensure_ascii=False)))
        parts.append(ToolCallEnd(index))

    def _tell(self, data: dict[str, Any], known: frozenset[str]) -> None:
        """Keep what has no name here."""
        if not known.issuperset(data):
            self._told.update((key, value) for key, value in data.items() if value and key not in known)


def _thought(part: dict[str, Any]) -> dict[str, Any]:
    return {"thought": True} if part.get("thought") else {}


def _signed(signature: str, of: str) -> UnknownPart:
    return UnknownPart(SIGNATURE, {SIGNATURE: signature, "of": of}, ORIGIN)


def _media(blob: dict[str, Any]) -> Media:
    kind = str(blob["mimeType"])
    data = base64.b64decode(blob["data"], validate=True)
    if kind.startswith("image/"):
        return Media(kind="image", media_type=kind, data=data)
    return Media(kind="audio" if kind.startswith("audio/") else "file", media_type=kind, data=data)


def read_usage(usage: dict[str, Any]) -> Usage:
    """Count the tokens of a `usageMetadata` object, where thoughts are counted apart from the answer."""
    asked, tools, answered, thoughts, cached = (number_of(usage, name) for name in _COUNTS)
    return Usage(
        requests=1,
        input_tokens=asked + tools,
        output_tokens=answered + thoughts,
        cached_tokens=cached,
        reasoning_tokens=thoughts,
    )
