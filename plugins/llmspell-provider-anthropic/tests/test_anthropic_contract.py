"""The contract, with exchanges put together after Anthropic's public API reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.testing import PluginContract, ProviderContract, StructuredContract
from llmspell.testing.provider_cases import Exchange, stream, whole
from llmspell.testing.structured_contract import ANSWER, PIECES

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAMS = "constructed from https://platform.claude.com/docs/en/build-with-claude/streaming"
ANSWERS = "constructed from https://platform.claude.com/docs/en/api/messages"
ERRORS = "constructed from https://platform.claude.com/docs/en/api/errors"
THINKING = "constructed from https://platform.claude.com/docs/en/build-with-claude/extended-thinking"
REASONS = "constructed from https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons"

ADD = {"name": "add", "description": "Add numbers.", "input_schema": {"type": "object"}}
SENT = {
    "model": "contract-model",
    "max_tokens": 16_384,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "Say the word sesame."}],
    "tools": [ADD],
}
STREAMED: dict[str, Any] = {"sent": {**SENT, "stream": True}, "path": "/v1/messages", "names": "type"}
USAGE = {"input_tokens": 11, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "service_tier": "standard"}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5", "content": []}
PING: dict[str, object] = {"type": "ping"}
BUSY = "Overloaded, please try again."


def start(index: int, kind: str, **fields: object) -> dict[str, object]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}


def delta(index: int, kind: str, **fields: object) -> dict[str, object]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def stop(index: int) -> dict[str, object]:
    return {"type": "content_block_stop", "index": index}


def said(index: int, *texts: str) -> list[dict[str, object]]:
    return [start(index, "text", text=""), *(delta(index, "text_delta", text=text) for text in texts), stop(index)]


def begun(**fields: object) -> dict[str, object]:
    usage = {**USAGE, "output_tokens": 1}
    message = {**MESSAGE, "stop_reason": None, "stop_sequence": None, "usage": usage, **fields}
    return {"type": "message_start", "message": message}


def ended(reason: str, **fields: object) -> dict[str, object]:
    told = {"stop_reason": reason, "stop_sequence": None, **fields}
    return {"type": "message_delta", "delta": told, "usage": {"output_tokens": 7}}


END: dict[str, object] = {"type": "message_stop"}


def answer(*events: dict[str, object], reason: str = "end_turn", source: str = STREAMS) -> Exchange:
    return stream(begun(), *events, ended(reason), END, source=source, **STREAMED)


def complete(*content: dict[str, object], reason: str) -> Exchange:
    usage = {**USAGE, "output_tokens": 7}
    body = {**MESSAGE, "content": content, "stop_reason": reason, "stop_sequence": None, "usage": usage}
    return whole(body, source=ANSWERS, sent=SENT, path="/v1/messages")


def fault(status: int, kind: str, message: str) -> Exchange:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return whole(body, source=ERRORS, status=status, says=message)


TEXT = said(0, "Gr", "üße, ", "🌍!")
FIRST, SECOND = (
    start(0, "tool_use", id="call_1", name="add", input={}),
    start(1, "tool_use", id="call_2", name="add", input={}),
)
EMPTY = [delta(0, "text_delta", text=""), PING]


def arguments(index: int, text: str) -> dict[str, object]:
    return delta(index, "input_json_delta", partial_json=text)


class TestPlugin(PluginContract):
    plugin = "llmspell_provider_anthropic.plugin"


class TestAnthropic(ProviderContract):
    component = "anthropic"
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*TEXT),
        "text_empty_deltas": answer(PING, TEXT[0], *EMPTY, TEXT[1], *EMPTY, *TEXT[2:4], *EMPTY, TEXT[4], PING),
        "text_unmarked": stream(begun(), *TEXT, ended("end_turn"), source=STREAMS, **STREAMED),
        "reasoning": answer(
            start(0, "thinking", thinking="", signature=""),
            delta(0, "thinking_delta", thinking="Two "),
            delta(0, "thinking_delta", thinking="and two."),
            delta(0, "signature_delta", signature="EqQBCgIYAhIM1gbcDa9GJwZA2b3h"),
            stop(0),
            *said(1, "Grüße, ", "🌍!"),
            source=THINKING,
        ),
        "tools": answer(
            FIRST,
            arguments(0, ""),
            arguments(0, '{"a": 2, "b"'),
            arguments(0, ': [3, "x"]}'),
            stop(0),
            reason="tool_use",
        ),
        "tools_interleaved": answer(
            FIRST,
            SECOND,
            arguments(0, '{"a": 2, "b"'),
            arguments(1, '{"a"'),
            arguments(0, ': [3, "x"]}'),
            arguments(1, ": 5}"),
            stop(0),
            stop(1),
            reason="tool_use",
        ),
        "unknown_field": stream(
            begun(novelty={"holds": "contract-mark"}), *TEXT, ended("end_turn"), END, source=STREAMS, **STREAMED
        ),
        "unknown_part": answer(
            start(0, "novelty", holds=[]),
            delta(0, "novelty_delta", holds=["contract-mark"]),
            stop(0),
            *said(1, "Grüße, 🌍!"),
        ),
        "stream_error": stream(
            begun(),
            *TEXT[:3],
            {"type": "error", "error": {"type": "overloaded_error", "message": BUSY}},
            source=STREAMS,
            says=BUSY,
            **STREAMED,
        ),
        "text_whole": complete({"type": "text", "text": "Grüße, 🌍!"}, reason="end_turn"),
        "tools_whole": complete(
            {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 2, "b": [3, "x"]}}, reason="tool_use"
        ),
        "refused": stream(
            begun(),
            ended("refusal", stop_details={"type": "refusal", "category": "bio", "explanation": None}),
            END,
            source=REASONS,
            **STREAMED,
        ),
        "bad_request": fault(400, "invalid_request_error", "messages: at least one message is required"),
        "context_length": fault(400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
        "forbidden": fault(403, "permission_error", "Your API key does not have permission to use this resource"),
        "overloaded": fault(529, "overloaded_error", BUSY),
        "rate_limited": fault(429, "rate_limit_error", "This request would exceed the rate limit of your organization"),
        "server_error": fault(500, "api_error", "Internal server error"),
        "wrong_key": fault(401, "authentication_error", "invalid x-api-key"),
        "wrong_model": fault(404, "not_found_error", "model: contract-model"),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"anthropic": {"base_url": url, "api_key": self.key}}}


BY_SCHEMA = {"output_config": {"format": {"type": "json_schema", "schema": {"additionalProperties": False}}}}
FORCED = {"tool_choice": {"type": "any"}}


class TestStructured(StructuredContract):
    component = "anthropic"
    structured = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*said(0, *PIECES))._replace(sent=BY_SCHEMA),
        "text_whole": complete({"type": "text", "text": json.dumps(ANSWER)}, reason="end_turn")._replace(
            sent=BY_SCHEMA
        ),
        "call": answer(
            start(0, "tool_use", id="call_1", name="answer", input={}),
            *[arguments(0, text) for text in PIECES],
            stop(0),
            reason="tool_use",
        )._replace(sent=FORCED),
        "call_whole": complete(
            {"type": "tool_use", "id": "call_1", "name": "answer", "input": ANSWER}, reason="tool_use"
        )._replace(sent=FORCED),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"anthropic": {"base_url": url, "api_key": self.key}}}
