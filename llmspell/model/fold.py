"""Fold the parts of a streamed answer into one completion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from llmspell.errors import ProviderError, StreamInterruptedError
from llmspell.model.llm import (
    Completion,
    Done,
    Finish,
    Media,
    MediaPart,
    Message,
    Reasoning,
    ReasoningDelta,
    Reset,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Unknown,
    UnknownPart,
    Usage,
    UsagePart,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.llm import Content, Part


class _Open:
    """A content part under construction: `kind` is text, reasoning or call; `texts` are its pieces."""

    __slots__ = ("id", "kind", "name", "origin", "signature", "texts")

    def __init__(self, kind: str, *, id: str = "", name: str = "") -> None:  # noqa: A002 - the field's name in the model
        self.kind = kind
        self.id = id
        self.name = name
        self.texts: list[str] = []
        self.signature: str | None = None
        self.origin: str | None = None

    def close(self) -> Content:
        text = "".join(self.texts)
        if self.kind == "text":
            return Text(text=text)
        if self.kind == "reasoning":
            return Reasoning(text=text, signature=self.signature, origin=self.origin)
        arguments = decode_arguments(text)
        if arguments is None:
            return ToolCall(id=self.id, name=self.name, raw=text)
        return ToolCall(id=self.id, name=self.name, arguments=arguments)


class Fold:
    """Collect parts with `add`, give the answer with `completion`.

    Neighbouring deltas of one kind become one content part; a tool call stands where it began, however its
    argument text interleaves with that of others.
    """

    __slots__ = ("_calls", "_done", "_finish", "_parts", "_usage")

    def __init__(self) -> None:
        self._clear()

    @property
    def usage(self) -> Usage:
        """Give what the answer took, as far as it was told."""
        return self._usage if self._done is None else self._done.usage

    def _clear(self) -> None:
        self._parts: list[_Open | Media | Unknown] = []
        self._calls: dict[int, _Open] = {}
        self._usage = Usage()
        self._finish: Finish | None = None
        self._done: Completion | None = None

    def add(self, part: Part) -> None:
        """Take the next part; `Reset` forgets all before it.

        Raises a `ProviderError` for what no provider may send: more of a call that never began, anything after the end.
        """
        if self._finish is not None and not isinstance(part, Reset | Done):
            raise ProviderError(f"the provider sent {type(part).__name__} after the end of its answer")
        take = self._TAKE.get(type(part))
        if take is None:
            raise ProviderError(f"{type(part).__name__} is not a part of an answer")
        take(self, part)

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join("".join(p.texts) for p in self._parts if isinstance(p, _Open) and p.kind == "text")

    def completion(self, *, model: str = "") -> Completion:
        """Give the whole answer; `model` is what was asked for, used when the provider does not say what it ran.

        Raises `StreamInterruptedError` when no `Finish` came.
        """
        if self._done is not None:
            return self._done
        if self._finish is None:
            raise StreamInterruptedError(
                "the model's answer ended before it was complete",
                suggestions=["try again"],
                context={"partial_text": self.text},
            )
        content = tuple(p.close() if isinstance(p, _Open) else p for p in self._parts)
        return Completion(
            message=Message(role="assistant", parts=content),
            finish_reason=self._finish.reason,
            usage=self._usage,
            model=self._finish.model or model,
            id=self._finish.id,
            limits=self._finish.limits,
        )

    # -- one taker per part --------------------------------------------------------------------------------------------

    def _extend(self, kind: str) -> _Open:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _Open) and last.kind == kind and last.signature is None:
            return last
        fresh = _Open(kind)
        self._parts.append(fresh)
        return fresh

    def _text(self, part: TextDelta) -> None:
        if part.text:
            self._extend("text").texts.append(part.text)

    def _reasoning(self, part: ReasoningDelta) -> None:
        if part.text or part.signature is not None:
            block = self._extend("reasoning")
            block.texts.append(part.text)
            block.signature = part.signature
            block.origin = part.origin

    def _call_start(self, part: ToolCallStart) -> None:
        if part.index in self._calls:
            raise ProviderError(f"the provider began tool call {part.index} twice")
        call = self._calls[part.index] = _Open("call", id=part.id, name=part.name)
        self._parts.append(call)

    def _call_delta(self, part: ToolCallDelta) -> None:
        self._call(part.index).texts.append(part.text)

    def _call_end(self, part: ToolCallEnd) -> None:
        self._call(part.index)

    def _call(self, index: int) -> _Open:
        call = self._calls.get(index)
        if call is None:
            raise ProviderError(f"the provider continued tool call {index}, which it never began")
        return call

    def _media(self, part: MediaPart) -> None:
        self._parts.append(part.media)

    def _unknown(self, part: UnknownPart) -> None:
        self._parts.append(Unknown(type=part.type, data=part.data, origin=part.origin))

    def _count(self, part: UsagePart) -> None:
        self._usage = part.usage

    def _end(self, part: Finish) -> None:
        self._finish = part

    def _reset(self, _part: Reset) -> None:
        self._clear()

    def _truth(self, part: Done) -> None:
        self._done = part.completion

    _TAKE: ClassVar[dict[type, Callable[..., None]]] = {
        TextDelta: _text,
        ReasoningDelta: _reasoning,
        ToolCallStart: _call_start,
        ToolCallDelta: _call_delta,
        ToolCallEnd: _call_end,
        MediaPart: _media,
        UnknownPart: _unknown,
        UsagePart: _count,
        Finish: _end,
        Reset: _reset,
        Done: _truth,
    }


def decode_arguments(text: str) -> dict[str, object] | None:
    """Decode a call's argument text: no text means no arguments; None when it is not a JSON object."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
