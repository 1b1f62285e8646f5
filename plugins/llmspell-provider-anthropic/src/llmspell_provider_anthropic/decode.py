"""From the events of an answer to parts (https://platform.claude.com/docs/en/build-with-claude/streaming).

A whole answer is read as the events it would have been.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

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
from llmspell_provider_anthropic.blocks import FIELDS, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.llm import FinishReason, Part

Json = dict[str, Any]
PAUSED = "pause_turn"
_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_MESSAGE = frozenset({"id", "type", "role", "model", "content", "stop_reason", "usage"})
_DELTA_EVENT = frozenset({"type", "delta", "usage"})
_NAMED = {"text": {"text"}, "thinking": {"thinking", "signature"}, "tool_use": {"id", "name", "input"}}
_DIRECT = {"type": "direct"}  # the caller of every call that no program of the service made


class _Block:
    """A block under way. `fields` is what it holds besides what our parts have a name for."""

    __slots__ = ("call", "fields", "id", "input", "kind", "length", "pieces", "signature")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.fields: Json = {}
        self.pieces: list[str] = []
        self.signature = ""
        self.length = 0
        self.call = 0
        self.id = ""
        self.input: object = None


class EventReader:
    """Take decoded events with `feed`; `finish` gives the last parts or says that the answer was cut.

    `answer_tool` names the tool whose call is the answer; `first_call` is the number of the next call, `before` what
    was used for the parts of the answer that came before this one. `text` is what was said so far; `limits` is told at
    the end; `reason` is the service's own word for why the answer ended.
    """

    def __init__(self, answer_tool: str | None = None, first_call: int = 0, before: Usage | None = None) -> None:
        self.limits: dict[str, dict[str, float]] | None = None
        self.reason: str | None = None
        self.calls = first_call
        self._before = before
        self._answer_tool = answer_tool
        self._blocks: dict[int, _Block] = {}
        self._told: Json = {}  # around the blocks
        self._said: list[str] = []
        self._usage: Json = {}
        self._model: str | None = None
        self._id: str | None = None
        self.started = False

    @property
    def text(self) -> str:
        """Give the text so far."""
        return "".join(self._said)

    @property
    def container(self) -> str | None:
        """Give the id of the service's container in which its tools work, where there is one."""
        found = self._told.get("container")
        return text_of(found.get("id")) if isinstance(found, dict) else None

    @property
    def usage(self) -> Usage:
        """Count what was used so far."""
        counted = read_usage(self._usage)
        return counted if self._before is None else self._before + counted

    def feed(self, event: Json) -> list[Part]:
        """Give the parts of one event; the caller has looked for `error`.

        Raises `ValueError`, `TypeError`, `KeyError` or `AttributeError` for what is no event of this API.
        """
        kind = event["type"]
        take = self._TAKE.get(kind)
        if take is None:
            if not isinstance(kind, str):
                raise TypeError(f"an event's type is {kind!r}")
            return [UnknownPart(f"event.{kind}", event, ORIGIN)]
        parts: list[Part] = []
        take(self, event, parts)
        return parts

    def feed_whole(self, message: Json) -> list[Part]:
        """Give the parts of a whole answer, but for its end."""
        if message["type"] != "message":
            raise ValueError(f"the answer is a {message['type']!r}, not a message")
        parts: list[Part] = []
        self._message({"message": message}, parts)
        for index, block in enumerate(message["content"]):
            self._block_start({"index": index, "content_block": block}, parts)
            self._block_stop({"index": index}, parts)
        self.reason = text_of(message["stop_reason"])
        return parts

    def finish(self) -> list[Part]:
        """Give the usage and the `Finish`. Raises `StreamInterruptedError` when the answer is not complete."""
        parts = self.rest()
        reason: FinishReason = _REASONS.get(self.reason or "", "other")
        if reason == "other":
            self._told["stop_reason"] = self.reason
        if reason == "tool_calls" and self.calls == 0:
            reason = "stop"  # the only call was the answer
        parts += [UnknownPart(f"message.{key}", {key: value}, ORIGIN) for key, value in sorted(self._told.items())]
        return [*parts, UsagePart(self.usage), Finish(reason, self._model, self._id, self.limits)]

    def rest(self) -> list[Part]:
        """Give what is left of the blocks. Raises `StreamInterruptedError` when the answer is not complete."""
        if not self.started or self.reason is None:
            raise self.interrupted("the answer ended before it was complete")
        parts: list[Part] = []
        for index in list(self._blocks):
            self._block_stop({"index": index}, parts)
        return parts

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer, with the text so far."""
        return StreamInterruptedError(why, suggestions=["try again"], context={"partial_text": self.text})

    # -- one taker per event -------------------------------------------------------------------------------------------

    def _message(self, event: Json, _parts: list[Part]) -> None:
        message = event["message"]
        self.started = True
        self._model = text_of(message.get("model"))
        self._id = text_of(message.get("id"))
        self._count(message.get("usage"))
        self._told |= {key: one for key, one in message.items() if key not in _MESSAGE and one is not None}

    def _message_delta(self, event: Json, _parts: list[Part]) -> None:
        delta = dict(event["delta"])
        self.reason = text_of(delta.pop("stop_reason", None)) or self.reason
        self._count(event.get("usage"))
        delta |= {key: one for key, one in event.items() if key not in _DELTA_EVENT}
        self._told |= {key: one for key, one in delta.items() if one is not None}

    def _block_start(self, event: Json, parts: list[Part]) -> None:
        content = event["content_block"]
        kind = content["type"]
        if not isinstance(kind, str):
            raise TypeError(f"a block's type is {kind!r}")
        block = self._blocks[event["index"]] = _Block(kind)
        named = _NAMED.get(kind)
        if named is None:
            block.fields = dict(content)
            return
        rest = {
            key: one for key, one in content.items() if key not in named and key != "type" and one not in (None, [])
        }
        block.fields = {key: one for key, one in rest.items() if key != "caller" or one != _DIRECT}
        if kind == "tool_use":
            self._call_start(block, content, parts)
        elif kind == "text":
            self._say(block, content["text"], parts)
        else:
            self._think(content["thinking"], parts)
            block.signature = content.get("signature") or ""

    def _call_start(self, block: _Block, content: Json, parts: list[Part]) -> None:
        block.input = content["input"]
        if content["name"] == self._answer_tool:
            block.kind = "answer"
            return
        block.call, block.id = self.calls, content["id"]
        self.calls += 1
        parts.append(ToolCallStart(block.call, text_of(content["id"]) or "", text_of(content["name"]) or ""))

    def _block_delta(self, event: Json, parts: list[Part]) -> None:
        delta = event["delta"]
        block = self._blocks[event["index"]]
        kind = delta["type"]
        if kind == "text_delta" and block.kind == "text":
            self._say(block, delta["text"], parts)
        elif kind == "input_json_delta":
            self._input(block, delta["partial_json"], parts)
        elif kind == "thinking_delta" and block.kind == "thinking":
            self._think(delta["thinking"], parts)
        elif kind == "signature_delta" and block.kind == "thinking":
            block.signature += delta["signature"]
        elif kind == "citations_delta":
            block.fields["citations"] = [*(block.fields.get("citations") or ()), delta["citation"]]
        else:
            _merge(block.fields, delta)

    def _input(self, block: _Block, text: str, parts: list[Part]) -> None:
        if not _is_text(text):
            return
        block.pieces.append(text)
        if block.kind == "tool_use":
            parts.append(ToolCallDelta(block.call, text))
        elif block.kind == "answer":
            self._say(block, text, parts)

    def _say(self, block: _Block, text: str, parts: list[Part]) -> None:
        if _is_text(text):
            block.length += len(text)
            self._said.append(text)
            parts.append(TextDelta(text))

    def _think(self, text: str, parts: list[Part]) -> None:
        if _is_text(text):
            parts.append(ReasoningDelta(text))

    def _block_stop(self, event: Json, parts: list[Part]) -> None:
        block = self._blocks.pop(event["index"])
        fields = block.fields
        if block.kind in ("tool_use", "answer"):
            if block.input and not block.pieces:
                self._input(block, json.dumps(block.input, ensure_ascii=False), parts)
            if block.kind == "answer":
                return
            parts.append(ToolCallEnd(block.call))
            beside: Json = {"id": block.id}
        elif block.kind == "text":
            beside = {"length": block.length}
        elif block.kind == "thinking":
            parts.append(ReasoningDelta("", block.signature or None, ORIGIN if block.signature else None))
            beside = {}
        else:
            if block.pieces:
                fields["input"] = json.loads("".join(block.pieces))
            parts.append(UnknownPart(block.kind, fields, ORIGIN))
            return
        if fields:
            parts.append(UnknownPart(block.kind + FIELDS, {"fields": fields, **beside}, ORIGIN))

    def _nothing(self, _event: Json, _parts: list[Part]) -> None:
        """Pass over what only says that the connection lives, or that it ends."""

    def _count(self, usage: Json | None) -> None:
        """Take counts; later ones are of the whole answer, and replace those before."""
        self._usage |= {key: one for key, one in (usage or {}).items() if one is not None}

    _TAKE: ClassVar[dict[str, Callable[..., None]]] = {
        "message_start": _message,
        "content_block_start": _block_start,
        "content_block_delta": _block_delta,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _nothing,
        "ping": _nothing,
    }


def read_usage(usage: Json) -> Usage:
    """Count the tokens of a `usage` object, whose `input_tokens` are those that no cache had to do with."""
    read, written = number_of(usage, "cache_read_input_tokens"), number_of(usage, "cache_creation_input_tokens")
    return Usage(
        requests=1,
        input_tokens=number_of(usage, "input_tokens") + read + written,
        output_tokens=number_of(usage, "output_tokens"),
        cached_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=number_of(usage.get("output_tokens_details") or {}, "thinking_tokens"),
    )


def _is_text(text: object) -> bool:
    """Tell text from no text. Raises `TypeError` for what is neither."""
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no text")
    return text != ""


def _merge(block: Json, delta: Json) -> None:
    """Put a delta of a type that has no name here into its block: text and lists grow, other values are replaced."""
    for key, value in delta.items():
        before = block.get(key)
        if key == "type":
            continue
        if (isinstance(value, str) and isinstance(before, str)) or (
            isinstance(value, list) and isinstance(before, list)
        ):
            block[key] = before + value  # type: ignore[operator]  # both are text, or both are lists
        else:
            block[key] = value
