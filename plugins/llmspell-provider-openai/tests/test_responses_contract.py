"""The contract once more for the responses API, with exchanges put together after OpenAI's public API reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.testing import ProviderContract, StructuredContract
from llmspell.testing.provider_cases import Exchange, stream, whole
from llmspell.testing.structured_contract import ANSWER
from llmspell.testing.structured_contract import PIECES as PIECES_OF_ANSWER

if TYPE_CHECKING:
    from collections.abc import Mapping

STREAMS = "constructed from https://platform.openai.com/docs/api-reference/responses-streaming"
ANSWERS = "constructed from https://platform.openai.com/docs/api-reference/responses/object"
ERRORS = "constructed from https://platform.openai.com/docs/guides/error-codes"

Json = dict[str, Any]
USAGE: Json = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 18,
}
HEAD: Json = {"id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-4o-mini-2024-07-18", "error": None}
SENT: Json = {
    "model": "contract-model",
    "instructions": "Be brief.",
    "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say the word sesame."}]}],
    "store": False,
}


def response(status: str, *output: Json, usage: Json | None = USAGE, **more: object) -> Json:
    return {**HEAD, "status": status, "output": list(output), "usage": usage, "incomplete_details": None, **more}


def message(*content: Json, **more: object) -> Json:
    return {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": list(content),
        **more,
    }


def said(text: str, **more: object) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], **more}


def called(number: int, arguments: str, *, status: str = "completed") -> Json:
    return {
        "id": f"fc_{number}",
        "type": "function_call",
        "status": status,
        "call_id": f"call_{number}",
        "name": "add",
        "arguments": arguments,
    }


def added(place: int, item: Json) -> Json:
    return {"type": "response.output_item.added", "output_index": place, "item": item}


def done(place: int, item: Json) -> Json:
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def delta(kind: str, place: int, text: object, **more: object) -> Json:
    return {"type": f"response.{kind}.delta", "output_index": place, "item_id": f"item_{place}", "delta": text, **more}


def text(piece: str, place: int = 0) -> Json:
    return delta("output_text", place, piece, content_index=0)


def arguments(piece: str, place: int = 0) -> Json:
    return delta("function_call_arguments", place, piece)


def answer(*events: Json, final: Json | None = None, source: str = STREAMS) -> Exchange:
    """Write a stream: numbered events between `response.created` and the response in full."""
    start = {**HEAD, "status": "in_progress", "output": [], "usage": None}
    around: list[Json] = [
        {"type": "response.created", "response": start},
        {"type": "response.in_progress", "response": start},
        *events,
    ]
    if final is not None:
        around.append({"type": f"response.{final['status']}", "response": final})
    numbered = [{**event, "sequence_number": number} for number, event in enumerate(around)]
    return stream(*numbered, source=source, names="type", sent={**SENT, "stream": True}, path="/v1/responses")


PIECES = [text("Gr"), text("üße, "), text("🌍!")]
WHOLE = message(said("Grüße, 🌍!"))
PART: Json = {"type": "response.content_part.added", "output_index": 0, "content_index": 0, "part": said("")}
EMPTY: list[Json] = [text(""), delta("refusal", 0, "", content_index=0), delta("output_text", 7, ""), PART]
OPEN = added(0, message(status="in_progress"))
FIRST, SECOND = called(1, '{"a": 2, "b": [3, "x"]}'), called(2, '{"a": 5}')
THOUGHT: Json = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "Two and two."}],
    "encrypted_content": "gAAAAABcontract",
}
NOVELTY: Json = {"id": "nv_1", "type": "novelty", "novelty": [{"text": "contract-mark"}]}
REFUSAL: Json = {"type": "refusal", "refusal": "I cannot help with that."}
BUSY = "The server is overloaded or not ready yet."


def fault(status: int, words: str, kind: str, code: str | None = None) -> Exchange:
    error = {"message": words, "type": kind, "param": None, "code": code}
    return whole({"error": error}, source=ERRORS, status=status, says=words)


def complete(*output: Json) -> Exchange:
    return whole(response("completed", *output), source=ANSWERS, sent=SENT, path="/v1/responses")


class TestResponses(ProviderContract):
    component = "openai"
    lacks = frozenset({"end_mark"})
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(OPEN, PART, *PIECES, done(0, WHOLE), final=response("completed", WHOLE)),
        "text_empty_deltas": answer(
            OPEN, *EMPTY, PIECES[0], *EMPTY, *PIECES[1:], *EMPTY, done(0, WHOLE), final=response("completed", WHOLE)
        ),
        "reasoning": answer(
            added(0, {**THOUGHT, "summary": [], "encrypted_content": ""}),
            delta("reasoning_summary_text", 0, "Two ", summary_index=0),
            delta("reasoning_summary_text", 0, "and two.", summary_index=0),
            done(0, THOUGHT),
            added(1, message(status="in_progress")),
            *[text(piece["delta"], 1) for piece in PIECES],
            done(1, WHOLE),
            final=response("completed", THOUGHT, WHOLE),
        ),
        "tools": answer(
            added(0, called(1, "", status="in_progress")),
            arguments('{"a": 2, "b"'),
            arguments(': [3, "x"]}'),
            {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": FIRST["arguments"]},
            done(0, FIRST),
            final=response("completed", FIRST),
        ),
        "tools_interleaved": answer(
            added(0, called(1, "", status="in_progress")),
            added(1, called(2, "", status="in_progress")),
            arguments('{"a": 2, "b"'),
            arguments('{"a"', 1),
            arguments(': [3, "x"]}'),
            arguments(": 5}", 1),
            done(1, SECOND),
            done(0, FIRST),
            final=response("completed", FIRST, SECOND),
        ),
        "unknown_field": answer(
            OPEN,
            *PIECES,
            done(0, message(said("Grüße, 🌍!"), novelty={"holds": "contract-mark"})),
            final=response("completed", message(said("Grüße, 🌍!"), novelty={"holds": "contract-mark"})),
        ),
        "unknown_part": answer(
            added(0, NOVELTY),
            done(0, NOVELTY),
            added(1, message(status="in_progress")),
            *[text(piece["delta"], 1) for piece in PIECES],
            done(1, WHOLE),
            final=response("completed", NOVELTY, WHOLE),
        ),
        "stream_error": stream(
            {"type": "response.created", "response": {**HEAD, "status": "in_progress", "output": []}},
            OPEN,
            *PIECES[:2],
            {"type": "error", "code": "server_error", "message": BUSY, "param": None},
            source=ERRORS,
            names="type",
            says=BUSY,
            path="/v1/responses",
        ),
        "text_whole": complete(WHOLE),
        "tools_whole": complete(FIRST),
        "refused": answer(
            OPEN,
            delta("refusal", 0, "I cannot help ", content_index=0),
            delta("refusal", 0, "with that.", content_index=0),
            done(0, message(REFUSAL)),
            final=response("completed", message(REFUSAL)),
        ),
        "bad_request": fault(400, "Invalid value: contract.", "invalid_request_error", "invalid_value"),
        "context_length": fault(
            400,
            "Your input exceeds the context window of this model.",
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
        return {"providers": {"openai": {"base_url": f"{url}/v1", "api_key": self.key, "api": "responses"}}}


BY_SCHEMA: Json = {"text": {"format": {"type": "json_schema", "name": "answer", "strict": True}}}
STATED = message(said(json.dumps(ANSWER)))
ANSWERED = {**called(1, json.dumps(ANSWER)), "name": "answer"}
FORCED = {"tool_choice": "required"}


class TestStructured(StructuredContract):
    component = "openai"
    structured = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(
            OPEN, PART, *map(text, PIECES_OF_ANSWER), done(0, STATED), final=response("completed", STATED)
        )._replace(sent=BY_SCHEMA),
        "text_whole": complete(STATED)._replace(sent=BY_SCHEMA),
        "call": answer(
            added(0, {**ANSWERED, "arguments": "", "status": "in_progress"}),
            *map(arguments, PIECES_OF_ANSWER),
            done(0, ANSWERED),
            final=response("completed", ANSWERED),
        )._replace(sent=FORCED),
        "call_whole": complete(ANSWERED)._replace(sent=FORCED),
    }

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"openai": {"base_url": f"{url}/v1", "api_key": self.key, "api": "responses"}}}
