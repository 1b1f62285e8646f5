from __future__ import annotations

import json
from typing import Any

import pytest

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    ModelNotFoundError,
    OverloadedError,
    ProviderError,
    RateLimitError,
)
from llmspell_provider_google.faults import fault_of, provider_error, read_fault

RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.074824224s"}


def quota(period: str) -> dict[str, Any]:
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier",
        "quotaValue": "10",
    }
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}


def status(code: int, name: str, *details: object, message: str = "no") -> dict[str, Any]:
    return {"code": code, "message": message, "status": name, "details": list(details)}


def error_of(error: dict[str, Any], *, listed: bool = False, **headers: str) -> ProviderError:
    body: Any = {"error": error}
    fault = read_fault(error["code"], json.dumps([body] if listed else body).encode())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return provider_error(fault, "host", model="m", headers=named, now=40.0)


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        (400, "INVALID_ARGUMENT", BadRequestError),
        (400, "FAILED_PRECONDITION", AuthenticationError),
        (401, "UNAUTHENTICATED", AuthenticationError),
        (403, "PERMISSION_DENIED", AuthenticationError),
        (404, "NOT_FOUND", ModelNotFoundError),
        (429, "RESOURCE_EXHAUSTED", RateLimitError),
        (499, "CANCELLED", OverloadedError),
        (500, "INTERNAL", OverloadedError),
        (503, "UNAVAILABLE", OverloadedError),
        (504, "DEADLINE_EXCEEDED", OverloadedError),
        (418, "", ProviderError),
    ],
)
def test_kinds(code: int, name: str, kind: type[ProviderError]) -> None:
    for listed in (False, True):
        found = error_of(status(code, name), listed=listed)
        assert type(found) is kind
        assert found.suggestions
    assert type(provider_error(fault_of(status(code, name)), "host", model="m")) is kind


def test_a_wrong_key_is_no_bad_request() -> None:
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    error = error_of(status(400, "INVALID_ARGUMENT", reason))
    assert type(error) is AuthenticationError
    assert error.context["provider_type"] == "API_KEY_INVALID"


def test_too_long() -> None:
    told = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    assert type(error_of(status(400, "INVALID_ARGUMENT", message=told))) is ContextLengthError


def test_the_pause_that_the_service_asks_for() -> None:
    error = error_of(status(429, "RESOURCE_EXHAUSTED", quota("Minute"), RETRY))
    assert (error.retry_after, error.retryable) == (34.074824224, True)
    assert error_of(status(503, "UNAVAILABLE", RETRY)).retry_after == 34.074824224
    assert error_of(status(429, "RESOURCE_EXHAUSTED", RETRY), retry_after="3").retry_after == 3.0
    assert error_of(status(400, "INVALID_ARGUMENT", RETRY)).retry_after is None


@pytest.mark.parametrize("delay", [None, 7, "soon", "-1s", "1e9s", "s", "nans"])
def test_pauses_that_are_none(delay: object) -> None:
    assert error_of(status(429, "RESOURCE_EXHAUSTED", {"retryDelay": delay})).retry_after is None


def test_the_quota_of_a_day_does_not_come_back_in_a_minute() -> None:
    error = error_of(status(429, "RESOURCE_EXHAUSTED", RETRY, quota("Day")))
    assert type(error) is RateLimitError
    assert not error.retryable
    assert "tomorrow" in error.suggestions[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"error": null}',
        b'"x"',
        b"\xff",
        b'[{"error": {"details": 7}}]',
        b'[{"error": {}}]',
    ],
)
def test_bodies_of_all_kinds(body: bytes) -> None:
    error = provider_error(read_fault(500, body), "host", model="m")
    assert type(error) is OverloadedError
    assert error.message
