"""The contract, with exchanges put together after the public reference and guides of the Gemini API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.testing import PluginContract, ProviderContract, StructuredContract
from llmspell.testing.provider_cases import Exchange, stream, whole
from llmspell.testing.structured_contract import ANSWER, PIECES

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERS = "constructed from https://ai.google.dev/api/generate-content"
CALLS = "constructed from https://ai.google.dev/gemini-api/docs/function-calling"
THINKING = "constructed from https://ai.google.dev/gemini-api/docs/thinking"
SAFETY = "constructed from https://ai.google.dev/gemini-api/docs/safety-settings"
ERRORS = "constructed from https://ai.google.dev/gemini-api/docs/troubleshooting"

MODEL = "/v1beta/models/contract-model"
SENT = {
    "contents": [{"role": "user", "parts": [{"text": "Say the word sesame."}]}],
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
}
HEAD = {"modelVersion": "contract-model-001", "responseId": "mAitaLmkHPPlz7IPvtfUqQ4"}
USAGE = {
    "promptTokenCount": 11,
    "candidatesTokenCount": 7,
    "totalTokenCount": 18,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 11}],
}
CALL = {"functionCall": {"id": "call_1", "name": "add", "args": {"a": 2, "b": [3, "x"]}}}
OTHER = {"functionCall": {"id": "call_2", "name": "add", "args": {"a": 5}}}


def chunk(*parts: dict[str, Any], reason: str | None = None, **candidate: Any) -> dict[str, Any]:
    """Write one chunk; each counts the tokens so far."""
    content = {"parts": list(parts), "role": "model"}
    end = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": content, "index": 0, **end, **candidate}], "usageMetadata": USAGE, **HEAD}


def said(text: str, reason: str | None = None, **candidate: Any) -> dict[str, Any]:
    return chunk({"text": text}, reason=reason, **candidate)


def answer(*chunks: dict[str, Any], source: str = ANSWERS, says: str = "") -> Exchange:
    return stream(*chunks, source=source, sent=SENT, path=f"{MODEL}:streamGenerateContent?alt=sse", says=says)


def complete(*parts: dict[str, Any], source: str = ANSWERS) -> Exchange:
    return whole(chunk(*parts, reason="STOP"), source=source, sent=SENT, path=f"{MODEL}:generateContent")


def fault(code: int, status: str, message: str, **detail: Any) -> Exchange:
    error = {"code": code, "message": message, "status": status} | ({"details": [detail]} if detail else {})
    return whole({"error": error}, source=ERRORS, status=code, says=message)


TEXT = [said("Gr"), said("üße, "), said("🌍!", "STOP")]
THOUGHT = [chunk({"text": text, "thought": True}) for text in ("Two ", "and two.")]
NOTHING = {"candidates": [{"content": {"role": "model"}, "index": 0}], "usageMetadata": USAGE, **HEAD}
EMPTY = [said(""), chunk(), NOTHING, {"candidates": [], **HEAD}, {"usageMetadata": USAGE, **HEAD}]
OVERLOADED = "The model is overloaded. Please try again later."
BUSY = {"code": 503, "message": OVERLOADED, "status": "UNAVAILABLE"}


class TestPlugin(PluginContract):
    plugin = "llmspell_provider_google.plugin"


class TestGoogle(ProviderContract):
    component = "google"
    lacks = frozenset({"end_mark"})
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*TEXT),
        "text_empty_deltas": answer(*EMPTY, TEXT[0], *EMPTY, *TEXT[1:], *EMPTY),
        "reasoning": answer(*THOUGHT, *TEXT, source=THINKING),
        "tools": answer(chunk(CALL), said("", "STOP"), source=CALLS),
        "tools_interleaved": answer(chunk(CALL), chunk(OTHER), said("", "STOP"), source=CALLS),
        "unknown_field": answer(said("Gr", novelty={"holds": "contract-mark"}), *TEXT[1:]),
        "unknown_part": answer(chunk({"novelty": [{"text": "contract-mark"}]}), *TEXT),
        "stream_error": answer(*TEXT[:2], {"error": BUSY}, source=ERRORS, says=OVERLOADED),
        "text_whole": complete({"text": "Grüße, 🌍!"}),
        "tools_whole": complete(CALL, source=CALLS),
        "refused": answer(
            {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": USAGE, **HEAD}, source=SAFETY
        ),
        "bad_request": fault(400, "INVALID_ARGUMENT", "Invalid value at 'contents'"),
        "context_length": fault(
            400,
            "INVALID_ARGUMENT",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        ),
        "forbidden": fault(403, "PERMISSION_DENIED", "Your API key doesn't have the required permissions."),
        "overloaded": whole({"error": BUSY}, source=ERRORS, status=503, says=OVERLOADED),
        "rate_limited": fault(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota."),
        "server_error": fault(500, "INTERNAL", "An internal error has occurred."),
        "wrong_key": fault(
            400,
            "INVALID_ARGUMENT",
            "API key not valid. Please pass a valid API key.",
            **{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"},
        ),
        "wrong_model": fault(404, "NOT_FOUND", "models/contract-model is not found for API version v1beta"),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"google": {"base_url": url, "api_key": self.key}}}


BY_SCHEMA = {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}}}
FORCED = {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}
ANSWERED = {"functionCall": {"id": "call_1", "name": "answer", "args": ANSWER}}


class TestStructured(StructuredContract):
    component = "google"
    structured = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*map(said, PIECES), said("", "STOP"))._replace(sent=BY_SCHEMA),
        "text_whole": complete({"text": json.dumps(ANSWER)})._replace(sent=BY_SCHEMA),
        "call": answer(chunk(ANSWERED), said("", "STOP"))._replace(sent=FORCED),
        "call_whole": complete(ANSWERED)._replace(sent=FORCED),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"google": {"base_url": url, "api_key": self.key}}}
