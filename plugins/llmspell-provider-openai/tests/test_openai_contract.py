from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmspell.testing import PluginContract, ProviderContract

if TYPE_CHECKING:
    from collections.abc import Mapping


def stream(*choices: dict[str, object], usage: dict[str, int] | None = None) -> bytes:
    """Write an event stream as the service sends it."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
    chunks = [{**head, "choices": [{"index": 0, "finish_reason": None, "logprobs": None, **c}]} for c in choices]
    if usage is not None:
        chunks.append({**head, "choices": [], "usage": usage})
    lines = [json.dumps(chunk, ensure_ascii=False) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in (*lines, "[DONE]")).encode()


def whole(message: dict[str, object], finish_reason: str) -> bytes:
    """Write a whole answer as the service sends it."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": finish_reason}
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18", "choices": [choice]}
    return json.dumps(answer).encode()


def call(text: str, **start: object) -> dict[str, object]:
    function = {"arguments": text} | ({"name": start.pop("name")} if "name" in start else {})
    return {"delta": {"tool_calls": [{"index": 0, **start, "function": function}]}}


def fault(message: str, code: str | None = None) -> bytes:
    return json.dumps(
        {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    ).encode()


class TestPlugin(PluginContract):
    plugin = "llmspell_provider_openai.plugin"


class TestOpenAI(ProviderContract):
    component = "openai"
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": stream(
            {"delta": {"role": "assistant", "content": "", "refusal": None}},
            {"delta": {"content": "Gr"}},
            {"delta": {"content": "üße, "}},
            {"delta": {"content": "🌍!"}},
            {"delta": {}, "finish_reason": "stop"},
            usage={"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        ),
        "tools": stream(
            {"delta": {"role": "assistant", "content": None}},
            call("", id="call_1", type="function", name="add"),
            call('{"a": 2, "b"'),
            call(': [3, "x"]}'),
            {"delta": {}, "finish_reason": "tool_calls"},
        ),
        "text_whole": whole({"content": "Grüße, 🌍!", "refusal": None}, "stop"),
        "tools_whole": whole(
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
        "error": fault("no"),
        "context_length": fault("This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"openai": {"base_url": f"{url}/v1", "api_key": self.key}}}
