from __future__ import annotations

import json
from typing import Any

import pytest

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    ModelNotFoundError,
    OverloadedError,
    ProviderError,
    RateLimitError,
)
from llmspell_provider_openai.faults import fault_of, provider_error, read_fault


def error_of(status: int, body: object, **headers: str) -> ProviderError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return provider_error(read_fault(status, data), "host", model="m", headers=named, now=0.0)


def told(message: str = "no", **fields: Any) -> dict[str, object]:
    return {"error": {"message": message, **fields}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        (400, told(), BadRequestError, False),
        (400, told(code="context_length_exceeded"), ContextLengthError, False),
        (400, told("This model's maximum context length is 10"), ContextLengthError, False),
        (400, {"object": "error", "message": "prompt is too long: 9 tokens"}, ContextLengthError, False),
        (400, told("the request exceeds the available context size"), ContextLengthError, False),
        (400, told(code="content_filter"), ContentFilterError, False),
        (401, told(type="invalid_request_error", code="invalid_api_key"), AuthenticationError, False),
        (402, told("Insufficient Balance"), RateLimitError, False),
        (403, told("region"), AuthenticationError, False),
        (404, told(code="model_not_found"), ModelNotFoundError, False),
        (404, {"detail": "Not Found"}, ModelNotFoundError, False),
        (408, b"", OverloadedError, True),
        (422, {"detail": [{"loc": ["body"], "msg": "missing"}]}, BadRequestError, False),
        (429, told(), RateLimitError, True),
        (429, told(type="insufficient_quota", code="insufficient_quota"), RateLimitError, False),
        (429, [told("resource exhausted", status="RESOURCE_EXHAUSTED")], RateLimitError, True),
        (500, told(), OverloadedError, True),
        (500, told("input (602 tokens) is too large to process. increase the batch size"), ContextLengthError, False),
        (503, {"error": "model is loading"}, OverloadedError, True),
        (529, b"<html>busy</html>", OverloadedError, True),
        (418, told(), ProviderError, False),
        (400, b"[" * 100_000, BadRequestError, False),
        (400, b"\xff\xfe", BadRequestError, False),
    ],
)
def test_each_failure_has_its_error(status: int, body: object, kind: type[ProviderError], retryable: bool) -> None:
    error = error_of(status, body)
    assert (type(error), error.retryable) == (kind, retryable)
    assert error.context["status"] == status
    assert error.message.startswith("host")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "x", "type": "server_error"}, OverloadedError),
        ({"message": "x", "code": 503}, OverloadedError),
        ({"message": "x", "type": "invalid_request_error"}, BadRequestError),
        ({"message": "x", "code": "rate_limit_exceeded"}, RateLimitError),
        ("just words", ProviderError),
    ],
)
def test_an_error_inside_an_answer(error: object, kind: type[ProviderError]) -> None:
    assert type(provider_error(fault_of(error), "host", model="m")) is kind


def test_the_wait_is_told_where_waiting_helps() -> None:
    assert error_of(429, told(), retry_after="3").retry_after == 3.0
    assert error_of(503, told(), retry_after="3").retry_after == 3.0
    assert error_of(400, told(), retry_after="3").retry_after is None
