"""The contract, with exchanges put together after OpenAI's public API reference and error guide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.testing import PluginContract, ProviderContract, StructuredContract
from llmspell.testing.provider_cases import Exchange, stream, whole
from llmspell.testing.structured_contract import ANSWER, PIECES

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAMS = "constructed from https://platform.openai.com/docs/api-reference/chat-streaming"
ANSWERS = "constructed from https://platform.openai.com/docs/api-reference/chat/object"
ERRORS = "constructed from https://platform.openai.com/docs/guides/error-codes"
REASONERS = "constructed from https://api-docs.deepseek.com/guides/reasoning_model"
TYPED = "constructed from https://docs.mistral.ai/capabilities/reasoning"

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
SENT = {
    "model": "contract-model",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say the word sesame."},
    ],
}
STREAMED: dict[str, Any] = {
    "sent": {**SENT, "stream": True, "stream_options": {"include_usage": True}},
    "path": "/v1/chat/completions",
}
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def chunks(*choices: dict[str, Any], usage: dict[str, int] | None = USAGE, **head: object) -> list[dict[str, object]]:
    """Write the chunks of a stream; the counts come in one of their own, without choices."""
    start = {**HEAD, **head}
    written: list[dict[str, object]] = [
        {**start, "choices": [{"index": 0, "finish_reason": None, "logprobs": None, **choice}]} for choice in choices
    ]
    return [*written, {**start, "choices": [], "usage": usage}] if usage else written


def answer(*choices: dict[str, Any], mark: str | None = "[DONE]", source: str = STREAMS, **more: Any) -> Exchange:
    return stream(*chunks(*choices, **more), source=source, mark=mark, **STREAMED)


def call(index: int, text: str, **start: object) -> dict[str, object]:
    function = {"arguments": text} | ({"name": start.pop("name")} if "name" in start else {})
    return {"delta": {"tool_calls": [{"index": index, **start, "function": function}]}}


def complete(message: dict[str, object], finish_reason: str) -> Exchange:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": finish_reason}
    body = {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}
    return whole(body, source=ANSWERS, sent=SENT, path="/v1/chat/completions")


def fault(status: int, message: str, kind: str, code: str | None = None) -> Exchange:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return whole({"error": error}, source=ERRORS, status=status, says=message)


START: dict[str, Any] = {"delta": {"role": "assistant", "content": "", "refusal": None}}
SAID: list[dict[str, Any]] = [{"delta": {"content": text}} for text in ("Gr", "üße, ", "🌍!")]
STOP: dict[str, Any] = {"delta": {}, "finish_reason": "stop"}
CALLED: dict[str, Any] = {"delta": {}, "finish_reason": "tool_calls"}
SILENT: dict[str, Any] = {"delta": {"role": "assistant", "content": None}}
FIRST = call(0, "", id="call_1", type="function", name="add")
SECOND = call(1, "", id="call_2", type="function", name="add")
BUSY = {"message": "The server is overloaded or not ready yet.", "type": "server_error", "param": None, "code": None}
EMPTY: list[dict[str, Any]] = [
    {"delta": {}},
    {"delta": {"content": ""}},
    {"delta": {"content": None}},
    {"delta": {"tool_calls": []}},
    {"delta": {"tool_calls": None, "refusal": None}},
    {"delta": {"reasoning_content": ""}},
]


class TestPlugin(PluginContract):
    plugin = "llmspell_provider_openai.plugin"


class TestOpenAI(ProviderContract):
    component = "openai"
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(START, *SAID, STOP),
        "text_empty_deltas": answer(START, *EMPTY, SAID[0], *EMPTY, *SAID[1:], *EMPTY, STOP, *EMPTY),
        "text_unmarked": answer(START, *SAID, STOP, mark=None),
        "reasoning": answer(
            {"delta": {"role": "assistant", "content": None, "reasoning_content": "Two "}},
            {"delta": {"content": None, "reasoning_content": "and two."}},
            *SAID,
            STOP,
            source=REASONERS,
        ),
        "tools": answer(SILENT, FIRST, call(0, '{"a": 2, "b"'), call(0, ': [3, "x"]}'), CALLED),
        "tools_interleaved": answer(
            SILENT,
            FIRST,
            SECOND,
            call(0, '{"a": 2, "b"'),
            call(1, '{"a"'),
            call(0, ': [3, "x"]}'),
            call(1, ": 5}"),
            CALLED,
        ),
        "unknown_field": answer(
            {"delta": {"role": "assistant", "content": "", "novelty": {"holds": "contract-mark"}}}, *SAID, STOP
        ),
        "unknown_part": answer(
            {"delta": {"content": [{"type": "novelty", "novelty": [{"text": "contract-mark"}]}]}},
            *SAID,
            STOP,
            source=TYPED,
        ),
        "stream_error": stream(
            *chunks(START, *SAID[:2], usage=None), {"error": BUSY}, source=ERRORS, says=BUSY["message"], **STREAMED
        ),
        "text_whole": complete({"content": "Grüße, 🌍!", "refusal": None}, "stop"),
        "tools_whole": complete(
            {
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "add", "arguments": '{"a": 2, "b": [3, "x"]}'},
                    }
                ],
            },
            "tool_calls",
        ),
        "refused": answer(START, {"delta": {"refusal": "I cannot help "}}, {"delta": {"refusal": "with that."}}, STOP),
        "bad_request": fault(400, "Invalid value: contract.", "invalid_request_error", "invalid_value"),
        "context_length": fault(
            400,
            "This model's maximum context length is 8192 tokens.",
            "invalid_request_error",
            "context_length_exceeded",
        ),
        "forbidden": fault(403, "Country, region, or territory not supported", "request_forbidden"),
        "overloaded": fault(503, "The engine is currently overloaded, please try again later", "server_error"),
        "rate_limited": fault(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded"),
        "server_error": fault(500, "The server had an error while processing your request", "server_error"),
        "wrong_key": fault(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key"),
        "wrong_model": fault(
            404, "The model `contract-model` does not exist", "invalid_request_error", "model_not_found"
        ),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"openai": {"base_url": f"{url}/v1", "api_key": self.key}}}


STRICT = {
    "name": "answer",
    "strict": True,
    "schema": {"required": ["name", "age"], "additionalProperties": False},
}
BY_SCHEMA = {"response_format": {"type": "json_schema", "json_schema": STRICT}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "answer", "arguments": json.dumps(ANSWER)}}


class TestStructured(StructuredContract):
    component = "openai"
    structured = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(START, *[{"delta": {"content": text}} for text in PIECES], STOP)._replace(sent=BY_SCHEMA),
        "text_whole": complete({"content": json.dumps(ANSWER)}, "stop")._replace(sent=BY_SCHEMA),
        "call": answer(
            call(0, "", id="call_1", type="function", name="answer"), *[call(0, text) for text in PIECES], CALLED
        )._replace(sent={"tool_choice": "required"}),
        "call_whole": complete({"content": None, "tool_calls": [CALL]}, "tool_calls")._replace(
            sent={"tool_choice": "required"}
        ),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"openai": {"base_url": f"{url}/v1", "api_key": self.key}}}
