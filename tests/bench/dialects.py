"""How other services than OpenAI's chat speak: what is asked of each, what it answers, and where the text stands.

Standard library only: the server that plays them all pays for nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.peers.measures import ANSWER, CHUNKS, MODEL, PROMPT, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
WORDS = [f"tok{n} " for n in range(CHUNKS)]


class Dialect(NamedTuple):
    """One API.

    `base` is added to the server's root in the section of `provider`; `paths` are those of a whole and of a streamed
    answer; `said` finds the text of a whole answer, `piece` that of an event, which is false where there is none.
    """

    name: str
    provider: str
    section: Json
    base: str
    paths: tuple[str, str]
    body: Json
    streams: Json
    whole: Json
    events: list[Json]
    said: Callable[[Json], str]
    piece: Callable[[Json], object]
    lines: bool = False

    def rendered(self) -> list[str]:
        """Write the events as the service frames them, each as one piece."""
        if self.lines:
            return [f"{json.dumps(event)}\n" for event in self.events]
        names = [f"event: {event['type']}\n" if "type" in event else "" for event in self.events]
        return [f"{name}data: {json.dumps(event)}\n\n" for name, event in zip(names, self.events, strict=True)]


def _anthropic() -> Dialect:
    usage = {"input_tokens": 50, "output_tokens": 10}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "stop_sequence": None}
    begun: Json = {**head, "content": [], "stop_reason": None, "usage": usage}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in WORDS
    ]
    events: list[Json] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *deltas,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
    body = {"model": MODEL, "max_tokens": 4096, "system": SYSTEM, "messages": [{"role": "user", "content": PROMPT}]}
    return Dialect(
        "anthropic", "anthropic", {}, "/anthropic", ("/anthropic/v1/messages",) * 2, body, {"stream": True},
        {**head, "content": [{"type": "text", "text": ANSWER}], "stop_reason": "end_turn", "usage": usage}, events,
        lambda whole: str(whole["content"][0]["text"]),
        lambda event: event["type"] == "content_block_delta" and event["delta"]["text"],
    )  # fmt: skip


def _google() -> Dialect:
    head = {"modelVersion": MODEL, "responseId": "r1"}
    usage = {"promptTokenCount": 50, "candidatesTokenCount": 10, "totalTokenCount": 60}

    def chunk(text: str, **end: str) -> Json:
        content = {"parts": [{"text": text}], "role": "model"}
        return {"candidates": [{"content": content, "index": 0, **end}], "usageMetadata": usage, **head}

    path = f"/google/v1beta/models/{MODEL}"
    body = {
        "contents": [{"role": "user", "parts": [{"text": PROMPT}]}],
        "systemInstruction": {"parts": [{"text": SYSTEM}]},
    }
    return Dialect(
        "google", "google", {}, "/google", (f"{path}:generateContent", f"{path}:streamGenerateContent?alt=sse"), body,
        {}, chunk(ANSWER, finishReason="STOP"), [*map(chunk, WORDS), chunk("", finishReason="STOP")],
        lambda whole: str(whole["candidates"][0]["content"]["parts"][0]["text"]),
        lambda event: event["candidates"][0]["content"]["parts"][0]["text"],
    )  # fmt: skip


def _ollama() -> Dialect:
    head = {"model": MODEL, "created_at": "2025-10-26T17:15:24.097767Z"}
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 50, "eval_count": 10}

    def said(text: str) -> Json:
        return {**head, "message": {"role": "assistant", "content": text}, "done": False}

    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
    return Dialect(
        "ollama", "ollama", {}, "/ollama", ("/ollama/api/chat",) * 2, {"model": MODEL, "messages": messages},
        {"stream": True}, {**said(ANSWER), **end}, [*map(said, WORDS), {**said(""), **end}],
        lambda whole: str(whole["message"]["content"]), lambda event: event["message"]["content"], lines=True,
    )  # fmt: skip


def _responses() -> Dialect:
    usage = {"input_tokens": 50, "output_tokens": 10, "total_tokens": 60}
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": MODEL, "error": None}

    def message(text: str) -> Json:
        content = [{"type": "output_text", "text": text, "annotations": []}]
        return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": content}

    def response(*output: Json) -> Json:
        return {**head, "status": "completed", "output": list(output), "usage": usage, "incomplete_details": None}

    start = {**head, "status": "in_progress", "output": [], "usage": None}
    opened = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    at = {"output_index": 0, "item_id": "msg_1", "content_index": 0}
    whole = message("".join(WORDS))
    events: list[Json] = [
        {"type": "response.created", "response": start},
        {"type": "response.output_item.added", "output_index": 0, "item": opened},
        *({"type": "response.output_text.delta", "delta": word, **at} for word in WORDS),
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": response(whole)},
    ]
    content = [{"type": "input_text", "text": PROMPT}]
    body = {"model": MODEL, "instructions": SYSTEM, "input": [{"type": "message", "role": "user", "content": content}]}
    return Dialect(
        "openai responses", "openai", {"api": "responses"}, "/v1", ("/v1/responses",) * 2, body, {"stream": True},
        response(message(ANSWER)), events,
        lambda answer: str(answer["output"][0]["content"][0]["text"]),
        lambda event: event["type"] == "response.output_text.delta" and event["delta"],
    )  # fmt: skip


DIALECTS = (_anthropic(), _google(), _ollama(), _responses())
