"""From the pieces of an answer of llama.cpp to parts."""

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

ORIGIN = "local"
"""Marks the unknown parts of this provider."""

_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}
_CHUNK = frozenset({"id", "object", "created", "model", "system_fingerprint", "choices", "usage", "prompt_progress"})
_DELTA = frozenset({"role", "content", "reasoning_content", "tool_calls"})


class ChunkReader:
    """Take pieces with `feed`; `finish` gives the last parts or says that the answer was cut.

    `forced` says that the text of the answer is a tool call, held to its form by a grammar; `new_id` makes its id.
    """

    def __init__(self, new_id: Callable[[], str], model: str, *, forced: bool = False) -> None:
        self._new_id = new_id
        self._model = model
        self._forced = forced
        self._said: list[str] = []
        self._calls: list[int] = []
        self._unknown: dict[str, object] = {}
        self._reason: str | None = None

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._said)

    def feed(self, chunk: dict[str, Any]) -> list[Part]:
        """Give the parts of one piece; the caller has looked for its `error`."""
        parts: list[Part] = []
        for choice in chunk.get("choices") or ():
            self._delta(choice.get("delta") or {}, parts)
            self._reason = text_of(choice.get("finish_reason")) or self._reason
        if chunk.get("usage"):
            parts.append(UsagePart(read_usage(chunk["usage"])))
        self._keep(chunk, _CHUNK)
        return parts

    def finish(self) -> list[Part]:
        """Give what is left and the `Finish`. Raises `StreamInterruptedError` when the answer is not complete."""
        if self._reason is None:
            raise self.interrupted("the answer ended before it was complete")
        parts: list[Part] = [ToolCallEnd(index) for index in self._calls]
        if self._forced:
            parts += self._forced_call()
        parts += [UnknownPart(key, {key: value}, ORIGIN) for key, value in sorted(self._unknown.items())]
        reason: FinishReason = _REASONS.get(self._reason, "other")
        if self._calls and reason == "stop":
            reason = "tool_calls"
        parts.append(Finish(reason, self._model))
        return parts

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer, with the text so far."""
        return StreamInterruptedError(why, suggestions=["try again"], context={"partial_text": self.text})

    def _forced_call(self) -> list[Part]:
        """Read the text as a call; one that the limit on tokens cut is only text."""
        try:
            call = json.loads(self.text)
            name, arguments = str(call["name"]), json.dumps(call["arguments"], ensure_ascii=False)
        except (ValueError, KeyError, TypeError) as error:
            if self._reason == "length":
                return [TextDelta(self.text)]
            raise self.interrupted(f"{self._model} was held to a tool call and wrote none: {error}") from error
        self._calls.append(0)
        return [ToolCallStart(0, f"call_{self._new_id()}", name), ToolCallDelta(0, arguments), ToolCallEnd(0)]

    def _delta(self, delta: dict[str, Any], parts: list[Part]) -> None:
        reasoning = text_of(delta.get("reasoning_content"))
        if reasoning:
            parts.append(ReasoningDelta(reasoning))
        content = text_of(delta.get("content"))
        if content:
            self._said.append(content)
            if not self._forced:
                parts.append(TextDelta(content))
        for entry in delta.get("tool_calls") or ():
            self._tool_call(entry, parts)
        self._keep(delta, _DELTA)

    def _tool_call(self, entry: dict[str, Any], parts: list[Part]) -> None:
        index, function = number_of(entry, "index"), entry.get("function") or {}
        if index not in self._calls:
            name = text_of(function["name"]) or ""
            self._calls.append(index)
            parts.append(ToolCallStart(index, text_of(entry.get("id")) or f"call_{self._new_id()}", name))
        arguments = text_of(function.get("arguments"))
        if arguments:
            parts.append(ToolCallDelta(index, arguments))

    def _keep(self, data: dict[str, Any], known: frozenset[str]) -> None:
        if not known.issuperset(data):
            self._unknown.update((key, value) for key, value in data.items() if value and key not in known)


def read_usage(usage: dict[str, Any]) -> Usage:
    """Count the tokens of a `usage` object."""
    return Usage(
        requests=1,
        input_tokens=number_of(usage, "prompt_tokens"),
        output_tokens=number_of(usage, "completion_tokens"),
        cached_tokens=number_of(usage.get("prompt_tokens_details") or {}, "cached_tokens"),
    )


def read_prompt(chunk: dict[str, Any]) -> int | None:
    """Give the tokens of the request, which the first piece tells, before they are read."""
    return (chunk.get("prompt_progress") or {}).get("total")


def read_vectors(answer: dict[str, Any]) -> list[tuple[float, ...]]:
    """Read vectors in the order of their texts. Raises `ValueError`, `KeyError` or `TypeError` without them."""
    vectors = {number_of(one, "index"): tuple(map(float, one["embedding"])) for one in answer["data"]}
    if set(vectors) != set(range(len(answer["data"]))):
        raise ValueError(f"the texts of the vectors are {sorted(vectors)}")
    return [vectors[place] for place in range(len(vectors))]
