"""Moments in time: from text and back, with pendulum's tokens; nothing here reads the machine's clock."""

from __future__ import annotations

import re
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from llmspell.errors import ValidationError
from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pendulum import DateTime, Timezone

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?\Z")
_NUMBER = re.compile(r"-?\d{5,}(?:\.\d+)?\Z")
_MILLISECONDS_FROM = 1e11  # as seconds, that is the year 5138
_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds")
_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_NAMED = {"date": "YYYY-MM-DD", "time": "HH:mm:ss", "datetime": "YYYY-MM-DD HH:mm:ss"}


def read_moment(
    value: str | float | None, now: float, *, zone: str, tokens: str | None, locale: str, path: str = "date"
) -> DateTime:
    """Read a moment; text without a zone is in `zone`. Raises `ValidationError` that names the argument `path`."""
    import pendulum  # noqa: PLC0415 - 90 ms, for this tool only

    tz = read_zone(zone)
    if value is None or value == "now":
        return pendulum.from_timestamp(now, tz)
    if isinstance(value, str) and tokens is None and _NUMBER.match(value.strip()):
        value = float(value)
    try:
        if not isinstance(value, str):
            return pendulum.from_timestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, tz)
        if value.lower() in _DAYS:
            return pendulum.from_timestamp(now, tz).start_of("day").add(days=_DAYS[value.lower()])
        if tokens is not None:
            return _by_tokens(value, tokens, pendulum.from_timestamp(now, tz), locale)
        return _by_standard(value, pendulum.from_timestamp(now, tz))
    except (ValueError, OverflowError, TypeError) as error:
        why = f"{value!r} is no date" + (f" of the form {tokens!r}" if tokens else "")
        advice = "write 2025-01-20, 2025-01-20T15:30:00Z, or give input_format"
        fault = {"path": path, "message": why}
        raise ValidationError(f"{path}: {why} ({error})", suggestions=[advice], context={"faults": [fault]}) from error


def read_zone(name: str) -> Timezone:
    """Read a zone name or an offset. Raises `ValidationError` with the nearest names."""
    import pendulum  # noqa: PLC0415 - see read_moment

    offset = _OFFSET.match(name)
    if offset is not None:
        sign = -1 if offset[1] == "-" else 1
        fixed: Any = pendulum.timezone(sign * (int(offset[2]) * 3600 + int(offset[3] or 0) * 60))
        return fixed  # type: ignore[no-any-return]  # a FixedTimezone, which pendulum takes wherever it asks for a Timezone
    try:
        return pendulum.timezone("UTC" if name in {"Z", "utc"} else name)
    except (ValueError, OSError, KeyError) as error:
        known = pendulum.timezones()
        short = {one.rpartition("/")[2].lower(): one for one in known}
        wanted = name.rpartition("/")[2].replace(" ", "_").lower()
        close = [short[wanted]] if wanted in short else near_words(name, known, n=3)
        advice = f"did you mean {', '.join(close)}?" if close else "use a name such as Europe/Paris, UTC or +02:00"
        raise ValidationError(f"there is no time zone {name!r}", suggestions=[advice]) from error


def read_locale(name: str) -> str:
    """Give pendulum's name of a locale: `en-US` is `en_us`, `de-AT` falls back to `de`. Raises `ValidationError`."""
    wanted = name.replace("-", "_").lower()
    known = _locales()
    for one in (wanted, wanted.partition("_")[0]):
        if one in known:
            return one
    raise ValidationError(f"there is no locale {name!r}", suggestions=[f"use one of {', '.join(sorted(known))}"])


def write_moment(moment: DateTime, form: str | None, locale: str) -> str:
    """Write a moment by a named form, strftime (when there is a `%`) or tokens."""
    if form is None or form.lower() in {"iso", "iso8601", "rfc3339"}:
        return moment.isoformat()
    if form.lower() == "unix":
        return str(moment.int_timestamp)
    if form.lower() == "rfc2822":
        return format_datetime(moment)
    if form.lower() == "http":
        return moment.in_timezone("UTC").strftime("%a, %d %b %Y %H:%M:%S GMT")
    if "%" in form:
        return moment.strftime(form)
    return str(moment.format(_NAMED.get(form.lower(), form), locale=read_locale(locale)))


def describe(moment: DateTime) -> dict[str, Any]:
    """Give what every result says about a moment."""
    return {
        "iso": moment.isoformat(),
        "timestamp": moment.timestamp(),
        "timezone": moment.timezone_name,
        "offset": moment.format("Z"),
        "utc": moment.in_timezone("UTC").isoformat(),
    }


def shifted(moment: DateTime, amounts: Mapping[str, float], sign: int = 1) -> DateTime:
    """Add calendar amounts. Raises `ValidationError` for unknown units, fractions of days, years beyond 9999."""
    units: dict[str, float] = {}
    for name, amount in amounts.items():
        plural = name if name.endswith("s") else f"{name}s"
        if plural not in _UNITS:
            raise fault("duration", f"there is no unit {name!r}; use {', '.join(_UNITS)}")
        if plural in {"years", "months", "weeks", "days"} and not float(amount).is_integer():
            raise fault("duration", f"a fraction of {plural} has no fixed length; use hours or seconds")
        units[plural] = units.get(plural, 0) + amount * sign
    milliseconds = units.pop("milliseconds", 0)
    whole = {name: int(amount) for name, amount in units.items() if name in {"years", "months", "weeks", "days"}}
    seconds = 3600 * units.get("hours", 0) + 60 * units.get("minutes", 0) + units.get("seconds", 0)
    try:
        return moment.add(**whole).add(
            seconds=int(seconds), microseconds=round(seconds % 1 * 1e6 + milliseconds * 1000)
        )
    except (OverflowError, ValueError) as error:
        raise fault("duration", f"the result lies outside the years 1 to 9999 ({error})") from error


def fault(path: str, why: str) -> ValidationError:
    """Make the error about one argument."""
    return ValidationError(f"{path}: {why}", context={"faults": [{"path": path, "message": why}]})


def _by_tokens(text: str, tokens: str, now: DateTime, locale: str) -> DateTime:
    import pendulum  # noqa: PLC0415 - see read_moment
    from pendulum.formatting import Formatter  # noqa: PLC0415 - see read_moment

    parts = Formatter().parse(text, tokens, now, read_locale(locale))
    parts["tz"] = parts["tz"] or now.timezone
    return pendulum.datetime(**parts)


def _by_standard(text: str, now: DateTime) -> DateTime:
    """Read ISO 8601, else RFC 2822 (the format of e-mail and HTTP)."""
    import pendulum  # noqa: PLC0415 - see read_moment

    try:
        moment = pendulum.parse(text, tz=now.timezone, now=now)
    except ValueError:
        return pendulum.instance(parsedate_to_datetime(text))
    if not isinstance(moment, pendulum.DateTime):
        raise TypeError("it is a length of time")
    return moment


@lru_cache(1)
def _locales() -> frozenset[str]:
    import pendulum.locales  # noqa: PLC0415 - see read_moment

    return frozenset(one.name for one in iter_modules(pendulum.locales.__path__) if one.ispkg)
