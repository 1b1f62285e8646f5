from __future__ import annotations

import pytest

from llmspell.errors import ValidationError
from llmspell.model.units import format_size, parse_duration, parse_size

MB = 1 << 20


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (0, 0),
        (1500, 1500),
        (2.0, 2),
        ("1500", 1500),
        ("10MB", 10 * MB),
        ("10 mib", 10 * MB),
        ("10m", 10 * MB),
        ("1.5 KB", 1536),
        ("512KB", 512 << 10),
        ("2GiB", 2 << 30),
        ("1t", 1 << 40),
        ("7 bytes", 7),
        ("7b", 7),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_sizes(written: float | str, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "", "MB", "ten", "10XB", "-1KB", "1e3", float("nan"), float("inf")])
def test_what_is_no_size(wrong: float | str) -> None:
    with pytest.raises(ValidationError, match="not a size"):
        parse_size(wrong)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (10 * MB, "10 MB"), (5 << 50, "5120 TB")],
)
def test_sizes_for_people(count: int, text: str) -> None:
    assert format_size(count) == text


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (2, 2.0),
        (0.5, 0.5),
        ("30", 30.0),
        ("30s", 30.0),
        ("500ms", 0.5),
        ("1h30m", 5400.0),
        ("1h 30min", 5400.0),
        ("2 days", 172800.0),
        ("1 week", 604800.0),
        ("1.5 hours", 5400.0),
        ("250us", 0.00025),
    ],
)
def test_durations(written: float | str, seconds: float) -> None:
    assert parse_duration(written) == pytest.approx(seconds)


def test_a_bare_number_in_milliseconds() -> None:
    assert parse_duration(1500, bare="ms") == 1.5
    assert parse_duration("1500", bare="ms") == 1.5
    assert parse_duration("3s", bare="ms") == 3.0


@pytest.mark.parametrize("wrong", [-1, True, float("nan"), float("inf"), "", "s", "soon", "5x", "5m!", "!5m", "-5s"])
def test_what_is_no_duration(wrong: float | str) -> None:
    with pytest.raises(ValidationError, match="not a duration"):
        parse_duration(wrong)
