"""The contract, with exchanges put together after Ollama's public documentation and the sentences of its handlers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.testing import PluginContract, ProviderContract, StructuredContract
from llmspell.testing.provider_cases import Exchange, stream, whole
from llmspell.testing.structured_contract import ANSWER, PIECES

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAT = "constructed from https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion"
STREAMS = "constructed from https://docs.ollama.com/api/streaming"
TOOLS = "constructed from https://docs.ollama.com/capabilities/tool-calling"
THINKING = "constructed from https://docs.ollama.com/capabilities/thinking"
ERRORS = "constructed from https://docs.ollama.com/api/errors"
SENTENCES = "constructed from https://github.com/ollama/ollama/blob/main/server/routes.go"
KEYS = "constructed from https://docs.ollama.com/api/authentication"

HEAD = {"model": "contract-model:latest", "created_at": "2025-10-26T17:15:24.097767Z"}
COUNTS = {
    "total_duration": 174560334,
    "load_duration": 101397084,
    "prompt_eval_count": 11,
    "prompt_eval_duration": 13074791,
    "eval_count": 7,
    "eval_duration": 52479709,
}
SENT = {
    "model": "contract-model",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say the word sesame."},
    ],
    "truncate": False,
}
CALL = {"id": "call_1", "function": {"index": 0, "name": "add", "arguments": {"a": 2, "b": [3, "x"]}}}
OTHER = {"id": "call_2", "function": {"index": 1, "name": "add", "arguments": {"a": 5}}}


def said(content: str = "", **more: object) -> dict[str, Any]:
    return {**HEAD, "message": {"role": "assistant", "content": content, **more}, "done": False}


def last(content: str = "", reason: str = "stop", **more: object) -> dict[str, Any]:
    return {**said(content, **more), "done": True, "done_reason": reason, **COUNTS}


def answer(*objects: dict[str, Any], source: str = STREAMS, says: str = "") -> Exchange:
    sent = {**SENT, "stream": True}
    return stream(*objects, source=source, framing="ndjson", sent=sent, path="/api/chat", says=says)


def complete(source: str, **message: Any) -> Exchange:
    return whole(last(**message), source=source, sent={**SENT, "stream": False}, path="/api/chat")


def fault(status: int, error: str, says: str = "", source: str = SENTENCES, **more: object) -> Exchange:
    return whole({"error": error, **more}, source=source, status=status, says=says or error)


TEXT = [said("Gr"), said("üße, "), said("🌍!")]
EMPTY = [said(), said(thinking=""), said(tool_calls=[]), said(images=None), {**HEAD, "done": False}]
FAILED = "an error was encountered while running the model"


class TestPlugin(PluginContract):
    plugin = "llmspell_provider_ollama.plugin"


class TestOllama(ProviderContract):
    component = "ollama"
    framing = "ndjson"
    lacks = frozenset({"end_mark", "forbidden", "refusals"})
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*TEXT, last()),
        "text_empty_deltas": answer(*EMPTY, TEXT[0], *EMPTY, *TEXT[1:], *EMPTY, last()),
        "reasoning": answer(said(thinking="Two "), said(thinking="and two."), *TEXT, last(), source=THINKING),
        "tools": answer(said(tool_calls=[CALL]), last(), source=TOOLS),
        "tools_interleaved": answer(said(tool_calls=[CALL]), said(tool_calls=[OTHER]), last(), source=TOOLS),
        "unknown_field": answer({**TEXT[0], "novelty": {"holds": "contract-mark"}}, *TEXT[1:], last()),
        "unknown_part": answer(said("Gr", novelty=[{"text": "contract-mark"}]), *TEXT[1:], last()),
        "stream_error": answer(*TEXT[:2], {"error": FAILED}, source=ERRORS, says=FAILED),
        "text_whole": complete(CHAT, content="Grüße, 🌍!"),
        "tools_whole": complete(TOOLS, tool_calls=[CALL]),
        "bad_request": fault(400, '"contract-model" does not support thinking', "does not support thinking"),
        "context_length": fault(
            400, "the prompt is longer than the context length currently available to the model; shorten the prompt"
        ),
        "overloaded": fault(503, "server busy, please try again.  maximum pending requests exceeded"),
        "rate_limited": fault(429, "you have reached your hourly usage limit", source=ERRORS),
        "server_error": fault(500, "the model failed to generate a response", source=ERRORS),
        "wrong_key": fault(401, "unauthorized", source=KEYS, signin_url="https://ollama.com/connect"),
        "wrong_model": fault(404, "model 'contract-model' not found"),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"ollama": {"base_url": url, "api_key": self.key}}}


ANSWERED = {"id": "call_1", "function": {"index": 0, "name": "answer", "arguments": ANSWER}}


class TestStructured(StructuredContract):
    component = "ollama"
    framing = "ndjson"
    structured = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*map(said, PIECES), last())._replace(sent={"format": {"type": "object"}}),
        "text_whole": complete(CHAT, content=json.dumps(ANSWER))._replace(sent={"format": {"type": "object"}}),
        "call": answer(said(tool_calls=[ANSWERED]), last(), source=TOOLS)._replace(sent={"stream": True}),
        "call_whole": complete(TOOLS, tool_calls=[ANSWERED])._replace(sent={"stream": False}),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"ollama": {"base_url": url, "api_key": self.key}}}
