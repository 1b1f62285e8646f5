"""From the chunks of an answer to parts. A whole answer is one chunk whose delta is the message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.errors import StreamInterruptedError
from llmspell.model.llm import (
    Finish,
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

ORIGIN = "openai.chat"
"""Marks the unknown parts of this API, so that they only go back to it."""

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
}
_CHUNK = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "system_fingerprint",
        "service_tier",
        "choices",
        "usage",
        "error",
        "obfuscation",
        "x_groq",
    }
)
_CHOICE = frozenset({"index", "delta", "message", "finish_reason"})
_DELTA = frozenset({"role", "content", "refusal", "reasoning_content", "reasoning", "tool_calls"})


class _Call:
    """A tool call under way; its argument text waits in `early` until the name is known."""

    __slots__ = ("early", "id", "index", "name", "started")

    def __init__(self, index: int) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.early = ""
        self.started = False


class ChunkReader:
    """Take decoded chunks with `feed`; `finish` gives the last parts or says that the answer was cut.

    `new_id` makes an id for a tool call whose server sent none; `text` is what was said so far; `limits` is told at the
    end.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.limits: dict[str, dict[str, float]] | None = None
        self._new_id = new_id
        self._calls: list[_Call] = []
        self._slots: dict[int, _Call] = {}  # the server's index -> the call that has it now
        self._unknown: list[Part] = []  # of the message; kept to the end, where it parts no text in two
        self._told: dict[str, object] = {}  # around the message
        self._said: list[str] = []
        self._reason: str | None = None
        self._refused = False
        self._began = False
        self._model: str | None = None
        self._id: str | None = None

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._said)

    @staticmethod
    def fault(chunk: dict[str, Any]) -> object:
        """Give the error object of a chunk or of a whole answer, nothing where there is none."""
        return chunk.get("error")

    def feed(self, chunk: dict[str, Any]) -> list[Part]:
        """Give the parts of one chunk; the caller has looked for its `error`."""
        parts: list[Part] = []
        if not self._began:
            self._model = text_of(chunk.get("model")) or self._model
            self._id = text_of(chunk.get("id")) or self._id
        choices = chunk.get("choices")
        if choices:
            self._began = True
            for choice in choices:
                self._choice(choice, parts)
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage")
        if usage:
            parts.append(UsagePart(read_usage(usage)))
        if not _CHUNK.issuperset(chunk):
            self._tell(chunk, _CHUNK)
        return parts

    def finish(self, *, ended: bool) -> list[Part]:
        """Give the end of the tool calls and the `Finish`.

        `ended` tells that the server said so (`[DONE]`, or a whole answer). Raises `StreamInterruptedError` when the
        answer is not complete.
        """
        if not self._began or (self._reason is None and not ended):
            raise self.interrupted("the answer ended before it was complete")
        parts: list[Part] = []
        for call in self._calls:
            if not call.started:
                raise self.interrupted("a tool call came without the name of its tool")
            parts.append(ToolCallEnd(call.index))
        parts += self._unknown
        parts += [UnknownPart(key, {key: value}, ORIGIN) for key, value in sorted(self._told.items())]
        reason: FinishReason = _REASONS.get(self._reason or "", "other")
        if self._refused:
            reason = "content_filter"
        elif self._calls and reason == "stop":
            reason = "tool_calls"  # some servers say stop whatever they did
        parts.append(Finish(reason, self._model, self._id, self.limits))
        return parts

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer, with the text so far."""
        return StreamInterruptedError(why, suggestions=["try again"], context={"partial_text": self.text})

    def _choice(self, choice: dict[str, Any], parts: list[Part]) -> None:
        if choice.get("index"):  # a second answer, asked for by `n`
            parts.append(UnknownPart("choice", choice, ORIGIN))
            return
        delta = choice.get("delta") or choice.get("message")
        if delta:
            self._delta(delta, parts)
        reason = choice.get("finish_reason")
        if reason:
            self._reason = text_of(reason)
        if not _CHOICE.issuperset(choice):
            self._tell(choice, _CHOICE)

    def _delta(self, delta: dict[str, Any], parts: list[Part]) -> None:
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            parts.append(ReasoningDelta(text_of(reasoning) or ""))
        content = delta.get("content")
        if content:
            self._content(content, parts)
        if len(delta) == 1 and content is not None:
            return
        refusal = delta.get("refusal")
        if refusal:
            self._refused = True
            self._say(text_of(refusal) or "", parts)
        for entry in delta.get("tool_calls") or ():
            self._tool_call(entry, parts)
        if not _DELTA.issuperset(delta):
            self._unknown.extend(UnknownPart(k, {k: v}, ORIGIN) for k, v in delta.items() if v and k not in _DELTA)

    def _say(self, text: str, parts: list[Part]) -> None:
        self._said.append(text)
        parts.append(TextDelta(text))

    def _content(self, content: object, parts: list[Part]) -> None:
        if isinstance(content, str):
            self._say(content, parts)
            return
        for item in content if isinstance(content, list) else [content]:  # some servers answer in typed parts
            if isinstance(item, dict) and item.get("type") == "text":
                self._say(str(item.get("text", "")), parts)
            elif isinstance(item, dict):
                parts.append(UnknownPart(str(item.get("type", "content")), item, ORIGIN))
            else:
                parts.append(UnknownPart("content", {"content": item}, ORIGIN))

    def _tool_call(self, entry: dict[str, Any], parts: list[Part]) -> None:
        call = self._call_of(entry)
        function = entry.get("function") or {}
        call.name = call.name or text_of(function.get("name")) or ""
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments)  # some servers send the object itself
        if not call.started:
            call.early += arguments
            if not call.name:
                return
            call.started = True
            call.id = call.id or f"call_{self._new_id()}"
            parts.append(ToolCallStart(call.index, call.id, call.name))
            arguments = call.early
        if arguments:
            parts.append(ToolCallDelta(call.index, arguments))

    def _call_of(self, entry: dict[str, Any]) -> _Call:
        """Find the call an entry continues; a new id begins a new one, even at an index that was used before."""
        identity = text_of(entry.get("id")) or ""
        index = entry.get("index")
        if index is None:
            index = len(self._calls) if identity or not self._calls else self._calls[-1].index
        call = self._slots.get(index)
        if call is None or (identity and call.id and identity != call.id):
            call = self._slots[index] = _Call(len(self._calls))
            self._calls.append(call)
        call.id = call.id or identity
        return call

    def _tell(self, data: dict[str, Any], known: frozenset[str]) -> None:
        """Keep what has no name here, the last value of each: some servers repeat it in every chunk."""
        self._told.update((key, value) for key, value in data.items() if value and key not in known)


def read_usage(usage: dict[str, Any]) -> Usage:
    """Count the tokens of a `usage` object; details are optional and `null` where a server has none."""
    asked = usage.get("prompt_tokens_details") or {}
    answered = usage.get("completion_tokens_details") or {}
    return Usage(
        requests=1,
        input_tokens=number_of(usage, "prompt_tokens"),
        output_tokens=number_of(usage, "completion_tokens"),
        cached_tokens=number_of(asked, "cached_tokens") or number_of(usage, "prompt_cache_hit_tokens"),
        reasoning_tokens=number_of(answered, "reasoning_tokens"),
    )
