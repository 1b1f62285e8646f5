from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pendulum
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmspell.errors import ValidationError
from llmspell_tools_utilities.moments import read_moment, shifted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[..., Awaitable[Any]]

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z, where the test's clock stands


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"operation": "now"}, "2023-11-14T22:13:20+00:00"),
        ({"operation": "now", "timezone": "Asia/Tokyo"}, "2023-11-15T07:13:20+09:00"),
        ({"date": "today", "input_timezone": "Asia/Tokyo"}, "2023-11-15T00:00:00+09:00"),
        ({"date": "tomorrow", "format": "date"}, "2023-11-15"),
        ({"date": "yesterday", "format": "YYYY/MM/DD"}, "2023/11/13"),
        ({"date": 0}, "1970-01-01T00:00:00+00:00"),
        ({"date": 1_700_000_000_000}, "2023-11-14T22:13:20+00:00"),
        ({"date": "1700000000"}, "2023-11-14T22:13:20+00:00"),
        ({"date": "2025-W04-1"}, "2025-01-20T00:00:00+00:00"),
        ({"date": "Mon, 20 Jan 2025 15:30:00 +0200"}, "2025-01-20T15:30:00+02:00"),
        ({"date": "2025-01-20 15:30", "input_timezone": "+05:30", "timezone": "UTC"}, "2025-01-20T10:00:00+00:00"),
        ({"date": "20.01.2025 15h", "input_format": "DD.MM.YYYY HH[h]"}, "2025-01-20T15:00:00+00:00"),
        ({"date": "15:30", "input_format": "HH:mm"}, "2023-11-14T15:30:00+00:00"),
        ({"date": "20 janvier 2025", "input_format": "D MMMM YYYY", "locale": "fr-CA"}, "2025-01-20T00:00:00+00:00"),
        ({"date": "2025-01-20", "format": "%d/%m/%y"}, "20/01/25"),
        ({"date": "2025-01-20", "format": "unix"}, "1737331200"),
        ({"date": "2025-01-20", "format": "rfc2822"}, "Mon, 20 Jan 2025 00:00:00 +0000"),
        ({"date": "2025-01-20T01:00:00+02:00", "format": "http"}, "Sun, 19 Jan 2025 23:00:00 GMT"),
        (
            {"operation": "convert", "date": "2025-07-01T12:00:00Z", "timezone": "Europe/Paris"},
            "2025-07-01T14:00:00+02:00",
        ),
        ({"operation": "add", "date": "2025-01-31", "amount": 1, "unit": "month"}, "2025-02-28T00:00:00+00:00"),
        (
            {"operation": "subtract", "date": "2024-03-31", "duration": {"month": 1, "day": 1}},
            "2024-02-28T00:00:00+00:00",
        ),
        ({"operation": "add", "date": "2025-01-01", "amount": 1.5, "unit": "hour"}, "2025-01-01T01:30:00+00:00"),
        (
            {"operation": "subtract", "date": "2025-01-01", "amount": 250, "unit": "millisecond"},
            "2024-12-31T23:59:59.750000+00:00",
        ),
        ({"operation": "add", "date": "2025-01-01", "amount": 1, "unit": "quarter"}, "2025-04-01T00:00:00+00:00"),
        ({"operation": "start_of", "date": "2025-05-20", "unit": "quarter"}, "2025-04-01T00:00:00+00:00"),
        ({"operation": "end_of", "date": "2025-05-31", "unit": "quarter", "format": "datetime"}, "2025-06-30 23:59:59"),
        ({"operation": "start_of", "date": "2025-01-22", "unit": "week", "format": "date"}, "2025-01-20"),
        ({"operation": "end_of", "date": "2024-02-10", "unit": "month", "format": "date"}, "2024-02-29"),
    ],
)
async def test_dates(call: Call, arguments: dict[str, Any], expected: str) -> None:
    assert (await call("date_time_handler", **arguments))["text"] == expected


async def test_a_day_keeps_the_wall_clock_and_hours_are_absolute(call: Call) -> None:
    eve = {"date": "2025-03-29T12:00:00", "input_timezone": "Europe/Berlin", "operation": "add"}
    assert (await call("date_time_handler", **eve, duration={"days": 1}))["text"] == "2025-03-30T12:00:00+02:00"
    assert (await call("date_time_handler", **eve, duration={"hours": 24}))["text"] == "2025-03-30T13:00:00+02:00"


async def test_diff_counts_in_any_unit(call: Call) -> None:
    dates = {"operation": "diff", "date": "2024-01-31", "end": "2025-03-01T06:00:00"}
    by_day = await call("date_time_handler", **dates)
    assert (by_day["amount"], by_day["total_days"], by_day["years"], by_day["months"]) == (395.25, 395, 1, 1)
    assert (await call("date_time_handler", **dates, unit="month"))["amount"] == 13
    back = await call("date_time_handler", operation="diff", date="2025-01-02", end="2025-01-01", unit="hour")
    assert (back["amount"], back["seconds"]) == (-24.0, -86400.0)


async def test_range_steps_from_the_start(call: Call) -> None:
    ends = await call(
        "date_time_handler", operation="range", date="2025-01-31", end="2025-04-30", unit="month", format="date"
    )
    assert ends["items"] == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]
    down = await call(
        "date_time_handler", operation="range", date="2025-01-03", end="2025-01-01", amount=-1, format="date"
    )
    assert down["items"] == ["2025-01-03", "2025-01-02", "2025-01-01"]


async def test_info_tells_the_calendar(call: Call) -> None:
    info = await call(
        "date_time_handler",
        operation="info",
        date="2024-12-30T12:00:00",
        input_timezone="America/New_York",
        locale="de",
    )
    expected = {
        "weekday": 1,
        "weekday_name": "Montag",
        "iso_week": 1,
        "iso_year": 2025,
        "quarter": 4,
        "is_leap_year": True,
        "is_dst": False,
    }
    assert {key: info[key] for key in expected} == expected
    assert info["day_of_year"] == 365


async def test_validate_answers_instead_of_failing(call: Call) -> None:
    assert (await call("date_time_handler", operation="validate", date="2025-02-28"))["valid"] is True
    wrong = await call("date_time_handler", operation="validate", date="31/02/2025", input_format="DD/MM/YYYY")
    assert wrong["valid"] is False
    assert "31/02/2025" in wrong["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"date": "soon"}, "2025-01-20"),
        ({"date": "P1D"}, "length of time"),
        ({"date": "2025-01-20", "timezone": "America/Newyork"}, "America/New_York"),
        ({"date": "2025-01-20", "timezone": "tokyo"}, "Asia/Tokyo"),
        ({"date": "2025-01-20", "format": "MMMM", "locale": "tlh"}, "locale"),
        ({"operation": "add", "date": "2025-01-20"}, "duration"),
        ({"operation": "add", "date": "2025-01-20", "duration": {"fortnights": 1}}, "fortnights"),
        ({"operation": "add", "date": "2025-01-20", "duration": {"months": 0.5}}, "fraction"),
        ({"operation": "add", "date": "2025-01-20", "duration": {"years": 9000}}, "9999"),
        ({"operation": "range", "date": "2025-01-20"}, "end"),
        ({"operation": "range", "date": "2025-01-20", "end": "2025-01-01"}, "step"),
        ({"operation": "range", "date": "2025-01-20", "end": "2026-01-01", "unit": "second"}, "10000"),
        ({"date": 1e18}, "date"),
    ],
)
async def test_wrong_dates_say_what_to_do(call: Call, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await call("date_time_handler", **arguments)
    assert words in f"{caught.value} {caught.value.suggestions}"


@given(
    st.datetimes(min_value=pendulum.naive(1971, 1, 1), max_value=pendulum.naive(2100, 1, 1)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.integers(-10_000, 10_000),
)
@example(pendulum.naive(2000, 10, 29, 5), "America/New_York", 0)
@example(pendulum.naive(2000, 10, 29, 6), "America/New_York", 5)
def test_moments_round_trip_and_hours_are_reversible(naive: Any, zone: str, hours: int) -> None:
    moment = pendulum.instance(naive, tz="UTC").in_timezone(zone)
    again = read_moment(moment.isoformat(), NOW, zone="UTC", tokens=None, locale="en")
    # moments of an hour that comes twice are equal to none of another zone (PEP 495): the instants are compared
    assert again.timestamp() == moment.timestamp()
    assert shifted(shifted(moment, {"hours": hours}), {"hours": hours}, -1).timestamp() == moment.timestamp()
