from __future__ import annotations

import pytest

from llmspell_provider_openai.limits import read_limits


def test_limits() -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-tokens": "6m0s",
    }
    assert read_limits(headers) == {
        "requests": {"limit": 60.0, "remaining": 59.0, "reset": 1.0},
        "tokens": {"remaining": 149_984.0, "reset": 360.0},
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20ms", 0.02), ("1m30.5s", 90.5), ("1h", 3_600.0), ("1d1h", 90_000.0), ("7.66", 7.66)],
)
def test_durations(text: str, seconds: float) -> None:
    found = read_limits({"x-ratelimit-reset-tokens": text})
    assert found is not None
    assert found["tokens"]["reset"] == pytest.approx(seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-limit-requests": "many"},
        {"x-ratelimit-limit-tokens": "1s"},
        {"x-ratelimit-reset-tokens": "-1"},
    ],
)
def test_no_limits(headers: dict[str, str]) -> None:
    assert read_limits(headers) is None
