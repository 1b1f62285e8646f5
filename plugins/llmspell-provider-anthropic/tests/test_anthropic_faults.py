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
from llmspell_provider_anthropic.faults import fault_of, provider_error, read_fault
from llmspell_provider_anthropic.limits import read_limits


def told(kind: str, message: str = "no") -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def error_of(status: int, body: object, **headers: str) -> ProviderError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return provider_error(read_fault(status, data), "host", model="m", headers=named, now=0.0)


INVALID = "invalid_request_error"


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        (400, told(INVALID), BadRequestError, False),
        (400, told(INVALID, "prompt is too long: 208310 tokens > 200000 maximum"), ContextLengthError, False),
        (
            400,
            told(INVALID, "input length and `max_tokens` exceed context limit: 198000 + 8000 > 200000"),
            ContextLengthError,
            False,
        ),
        (400, told(INVALID, "Output blocked by content filtering policy"), ContentFilterError, False),
        (400, told(INVALID, "Your credit balance is too low to access the API"), RateLimitError, False),
        (400, told(INVALID, "You have reached your specified API usage limits."), RateLimitError, False),
        (401, told("authentication_error"), AuthenticationError, False),
        (402, told("billing_error"), RateLimitError, False),
        (403, told("permission_error"), AuthenticationError, False),
        (404, told("not_found_error"), ModelNotFoundError, False),
        (404, {"detail": "Not Found"}, ModelNotFoundError, False),
        (409, told("conflict_error"), OverloadedError, True),
        (413, told("request_too_large"), BadRequestError, False),
        (429, told("rate_limit_error"), RateLimitError, True),
        (500, told("api_error"), OverloadedError, True),
        (504, told("timeout_error"), OverloadedError, True),
        (529, told("overloaded_error"), OverloadedError, True),
        (529, b"<html>busy</html>", OverloadedError, True),
        (503, {"error": "no healthy upstream"}, OverloadedError, True),
        (418, told("novelty"), ProviderError, False),
        (400, b"[" * 100_000, BadRequestError, False),
        (400, b"\xff\xfe", BadRequestError, False),
        (400, b"17", BadRequestError, False),
    ],
)
def test_each_failure_has_its_error(status: int, body: object, kind: type[ProviderError], retryable: bool) -> None:
    error = error_of(status, body)
    assert (type(error), error.retryable) == (kind, retryable)
    assert error.context["status"] == status
    assert error.message.startswith("host")
    assert error.suggestions


def test_an_error_inside_an_answer_goes_by_its_type() -> None:
    assert type(provider_error(fault_of(told("rate_limit_error")), "host", model="m")) is RateLimitError
    assert type(provider_error(fault_of(told("novelty")), "host", model="m")) is ProviderError


@pytest.mark.parametrize(("body", "headers"), [(told("api_error"), {}), (b"", {"request_id": "req_1"})])
def test_the_request_has_a_name_to_ask_about(body: object, headers: dict[str, str]) -> None:
    assert error_of(500, body, **headers).context["request_id"] == "req_1"


def test_the_wait_is_told_where_waiting_helps() -> None:
    assert error_of(429, told("rate_limit_error"), retry_after="3").retry_after == 3.0
    assert error_of(529, told("overloaded_error"), retry_after="3").retry_after == 3.0
    assert error_of(400, told(INVALID), retry_after="3").retry_after is None


def test_the_service_may_say_that_a_retry_is_vain() -> None:
    assert not error_of(429, told("rate_limit_error"), x_should_retry="false").retryable
    assert error_of(429, told("rate_limit_error"), x_should_retry="true").retryable


LIMITS = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "1970-01-01T00:01:00Z",
    "anthropic-ratelimit-input-tokens-remaining": "39000",
}


def test_limits() -> None:
    assert read_limits(LIMITS, 40.0) == {
        "requests": {"limit": 50.0, "remaining": 49.0, "reset": 20.0},
        "input_tokens": {"remaining": 39_000.0},
    }
    assert error_of(429, told("rate_limit_error"), **LIMITS).context["limits"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"anthropic-ratelimit-requests-limit": "many"},
        {"anthropic-ratelimit-requests-reset": "soon"},
        {"anthropic-ratelimit-requests-reset": "2026-01-01T00:00:00"},
    ],
)
def test_no_limits(headers: dict[str, str]) -> None:
    assert read_limits(headers, 0.0) is None


def test_limits_that_are_full_again() -> None:
    headers: dict[str, Any] = {"anthropic-ratelimit-tokens-reset": "1970-01-01T00:00:01Z"}
    assert read_limits(headers, 40.0) == {"tokens": {"reset": 0.0}}
