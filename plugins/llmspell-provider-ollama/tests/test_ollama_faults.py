from __future__ import annotations

import json

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
from llmspell_provider_ollama.faults import fault_of, provider_error, read_fault


def error_of(status: int, error: object, **headers: str) -> ProviderError:
    fault = read_fault(status, json.dumps({"error": error}).encode())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return provider_error(fault, "host", model="m", headers=named, now=40.0)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "invalid options: num_ctx", BadRequestError),
        (400, "the input length exceeds the context length", ContextLengthError),
        (500, "input after truncation exceeds maximum context length", ContextLengthError),
        (401, "unauthorized", AuthenticationError),
        (403, "remote inference is unavailable: cloud is disabled", AuthenticationError),
        (404, 'model "m" not found, try pulling it first', ModelNotFoundError),
        (404, "404 page not found", ModelNotFoundError),
        (429, "too many requests", RateLimitError),
        (499, "request canceled", OverloadedError),
        (500, "llama runner process has terminated: signal: killed", OverloadedError),
        (502, "cloud model cannot be reached", OverloadedError),
        (503, "server busy, please try again.  maximum pending requests exceeded", OverloadedError),
        (418, {"message": "I am a teapot"}, ProviderError),
    ],
)
def test_kinds(status: int, error: object, kind: type[ProviderError]) -> None:
    found = error_of(status, error)
    assert type(found) is kind
    assert found.suggestions
    assert found.context["status"] == status


def test_a_missing_model_can_be_fetched() -> None:
    assert error_of(404, "model 'm' not found").suggestions[0] == "fetch it: ollama pull m"


def test_too_little_memory_stays_too_little() -> None:
    error = error_of(500, "model requires more system memory (8.0 GiB) than is available (3.9 GiB)")
    assert type(error) is ProviderError
    assert not error.retryable
    assert "smaller model" in error.suggestions[0]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("an error was encountered while running the model", OverloadedError),
        ("pull model manifest: file does not exist", ModelNotFoundError),
        ("exceeds the available context size", ContextLengthError),
    ],
)
def test_an_error_inside_an_answer(error: str, kind: type[ProviderError]) -> None:
    assert type(provider_error(fault_of({"error": error}), "host", model="m")) is kind


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"error": null}', b'"x"', b"\xff"])
def test_bodies_of_all_kinds(body: bytes) -> None:
    error = provider_error(read_fault(500, body), "host", model="m")
    assert type(error) is OverloadedError
    assert error.message


def test_the_wait_is_told_where_waiting_helps() -> None:
    assert error_of(429, "slow down", retry_after="3").retry_after == 3.0
    assert error_of(503, "server busy", retry_after_ms="250").retry_after == 0.25
    assert error_of(400, "no", retry_after="3").retry_after is None
