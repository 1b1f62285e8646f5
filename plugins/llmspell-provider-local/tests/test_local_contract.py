"""Pieces as llama.cpp writes them: their forms were looked at with xllamacpp 2026.10, their texts are the contract's.

The real process runs; llama.cpp's part in it is played by `played/xllamacpp.py`, which gives what is written here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import BadRequestError, ContextLengthError, OverloadedError, ProviderError
from llmspell.testing.provider_cases import CALL_ID, CALL_NAME, MARK, OTHER_ID, REASONING, stream, whole
from llmspell.testing.provider_contract_answers import AnswerContract
from llmspell.testing.provider_contract_stream import StreamContract
from llmspell.testing.structured_contract import ANSWER, PIECES, StructuredContract

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmspell.testing.provider_cases import Exchange

SERVER = "constructed from https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"
HEAD = {"id": "chatcmpl-1", "created": 1795271123, "model": "/models/x.gguf", "object": "chat.completion.chunk"}
COUNTS = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 0},
}
PATIENCE = 3.0
"""Seconds of silence: a process must have been started in them."""


def piece(reason: str | None = None, **delta: object) -> dict[str, object]:
    return {**HEAD, "choices": [{"finish_reason": reason, "index": 0, "delta": delta}]}


def call(index: int, arguments: str, **more: str) -> dict[str, object]:
    name = {"name": CALL_NAME} if more else {}
    return piece(tool_calls=[{"index": index, **more, "function": {**name, "arguments": arguments}}])


def answer(*pieces: object, reason: str = "stop") -> Exchange:
    counts = {**HEAD, "choices": [], "usage": COUNTS}
    progress = {"total": 11, "cache": 0, "processed": 0, "time_ms": 0}
    first = {**piece(role="assistant", content=None), "prompt_progress": progress}
    return stream(
        first, *pieces, piece(reason), counts, source=SERVER, path="/v1/chat/completions?model=contract-model.gguf"
    )


def fault(code: int, kind: str, says: str, **more: object) -> Exchange:
    return whole({"error": {"code": code, "message": says, "type": kind, **more}}, source=SERVER, says=says)


TEXT = [piece(content="Gr"), piece(content="üße, "), piece(content="🌍!")]
FIRST = [call(0, "", id=CALL_ID, type="function"), call(0, '{"a": 2, '), call(0, '"b": [3, "x"]}')]
SECOND = [call(1, "", id=OTHER_ID, type="function"), call(1, '{"a": 5}')]
EMPTY = [piece(), piece(content=""), piece(content=None), piece(reasoning_content=""), piece(tool_calls=[])]
BUSY = {"error": {"code": 503, "message": "no slot is free", "type": "unavailable_error"}}


class TestLocal(AnswerContract, StreamContract):
    component = "local"
    lacks = frozenset({"end_mark", "refusals", "service", "unknown_parts", "whole"})
    exchanges = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*TEXT),
        "text_empty_deltas": answer(*EMPTY, TEXT[0], *EMPTY, *TEXT[1:], *EMPTY),
        "reasoning": answer(piece(reasoning_content="Two "), piece(reasoning_content=REASONING[4:]), *TEXT),
        "tools": answer(*FIRST, reason="tool_calls"),
        "tools_interleaved": answer(FIRST[0], SECOND[0], FIRST[1], SECOND[1], FIRST[2], reason="tool_calls"),
        "unknown_field": answer(*TEXT[:2], {**TEXT[2], "novelty": {"holds": MARK}}),
        "stream_error": stream(*TEXT[:2], BUSY, source=SERVER, says="no slot is free"),
        "bad_request": fault(400, "invalid_request_error", "Field 'temperature': type must be number"),
        "context_length": fault(
            400, "exceed_context_size_error", "request (6 tokens) exceeds", n_prompt_tokens=6, n_ctx=5
        ),
        "overloaded": fault(503, "unavailable_error", "Loading model"),
        "server_error": fault(500, "server_error", "Compute error."),
    }

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, played: None) -> None:
        self.folder = tmp_path

    def config(self, url: str) -> Mapping[str, object]:
        (self.folder / "contract-model.gguf").write_bytes(b"GGUF" + url.encode())
        return {"providers": {"local": {"path": str(self.folder), "timeout": 60}}}

    def impatient(self, url: str) -> Mapping[str, object]:
        return {**self.config(url), "providers.local.timeout": PATIENCE}

    @pytest.mark.parametrize(
        ("case", "kind", "retryable"),
        [
            ("bad_request", BadRequestError, False),
            ("context_length", ContextLengthError, False),
            ("overloaded", OverloadedError, True),
            ("server_error", ProviderError, False),
        ],
    )
    async def test_faults_are_typed(self, case: str, kind: type[ProviderError], retryable: bool) -> None:
        exchange = self.exchange(case)
        error = await self.fails(exchange)
        assert type(error) is kind
        assert error.retryable is retryable
        assert exchange.says in error.message
        assert error.suggestions

    async def test_a_fault_within_an_answer_keeps_what_came(self) -> None:
        error = await self.fails(self.exchange("stream_error"))
        assert isinstance(error, OverloadedError)
        assert error.context["partial_text"] == "Grüße, "


BY_SCHEMA = {"response_format": {"type": "json_schema"}}
"""How llama.cpp is held to a schema, also to that of a call where one is forced."""


class TestStructured(StructuredContract):
    component = "local"
    lacks = frozenset({"whole"})
    structured = {  # noqa: RUF012 - declared as ClassVar by the contract
        "text": answer(*[piece(content=text) for text in PIECES])._replace(sent=BY_SCHEMA),
        "call": answer(
            piece(content='{"name": "answer", "argu'), piece(content=f'ments": {json.dumps(ANSWER)}}}')
        )._replace(sent=BY_SCHEMA),
    }

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, played: None) -> None:
        self.folder = tmp_path

    def config(self, url: str) -> Mapping[str, object]:
        (self.folder / "contract-model.gguf").write_bytes(b"GGUF" + url.encode())
        return {"providers": {"local": {"path": str(self.folder), "timeout": 60}}}
