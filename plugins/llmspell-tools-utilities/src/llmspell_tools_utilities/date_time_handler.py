"""Dates and times: read, write, shift, compare, in any time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import field, frozen

from llmspell.errors import ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.moments import describe, fault, read_locale, read_moment, read_zone, shifted, write_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pendulum import DateTime

    from llmspell.spec.context import Context

MAX_RANGE = 10_000
_When = str | float | None
_Unit = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond"]


@frozen(kw_only=True)
class DateArgs:
    """What to do with which moment."""

    operation: Annotated[
        Literal[
            "now",
            "parse",
            "format",
            "convert",
            "add",
            "subtract",
            "diff",
            "start_of",
            "end_of",
            "range",
            "info",
            "validate",
        ],
        Doc("What to do."),
    ] = "format"
    date: Annotated[
        _When,
        Doc(
            "ISO 8601, RFC 2822, `now`, `today`, `tomorrow`, `yesterday`, or seconds since 1970 "
            "(milliseconds from 1e11 on). Default: now."
        ),
    ] = None
    end: Annotated[_When, Doc("Second date, for diff and range.")] = None
    format: Annotated[
        str | None,
        Doc(
            "How to write it: tokens such as YYYY-MM-DD HH:mm:ss, strftime with %, or iso, date, time, datetime, "
            "rfc2822, http, unix. Default: iso."
        ),
    ] = None
    input_format: Annotated[str | None, Doc("Tokens by which `date` and `end` are read, e.g. DD/MM/YYYY.")] = None
    timezone: Annotated[
        str | None, Doc("Zone of the result, e.g. America/New_York or +02:00. Default: that of the date.")
    ] = None
    input_timezone: Annotated[str, Doc("Zone of dates that name none.")] = "UTC"
    locale: Annotated[str, Doc("Language of month and day names, e.g. en-US, de.")] = "en"
    duration: Annotated[
        dict[str, float],
        Doc("Amounts to add or subtract: years, months, weeks, days, hours, minutes, seconds, milliseconds."),
    ] = field(factory=dict)
    amount: Annotated[float | None, Doc("Amount of `unit` to add or subtract, or the step of a range.")] = None
    unit: Annotated[_Unit, Doc("Unit of amount, start_of, end_of, range and diff.")] = "day"


class DateTimeHandler:
    """Handle dates. 31 January + 1 month is the last of February; a day keeps its wall-clock time across DST.

    Result of most operations: `text` (as `format` says), `iso`, `timestamp` (seconds), `timezone`, `offset`, `utc`.
    `diff` gives `seconds`, `amount` (in `unit`), `text` (in words) and the calendar parts; `range` gives `items` and
    `count`; `info` adds the calendar's facts; `validate` gives `valid` and `error`.
    """

    examples = (
        Example(
            "format in a zone",
            {
                "operation": "format",
                "date": "2025-01-20T15:30:00Z",
                "format": "YYYY-MM-DD HH:mm:ss",
                "timezone": "America/New_York",
                "locale": "en-US",
            },
            {"text": "2025-01-20 10:30:00", "offset": "-05:00"},
        ),
        Example(
            "a month later",
            {"operation": "add", "date": "2024-01-31", "duration": {"months": 1}},
            {"text": "2024-02-29T00:00:00+00:00"},
        ),
        Example(
            "how long between",
            {"operation": "diff", "date": "2025-03-29", "end": "2025-04-01T12:00:00", "unit": "hour"},
            {"amount": 84.0, "seconds": 302400.0, "text": "3 days 12 hours"},
        ),
        Example(
            "names in German",
            {"operation": "format", "date": "2025-03-04", "format": "dddd, D. MMMM YYYY", "locale": "de-DE"},
            {"text": "Dienstag, 4. März 2025"},
        ),
        Example(
            "every week",
            {"operation": "range", "date": "2025-01-01", "end": "2025-01-20", "unit": "week", "format": "date"},
            {"items": ["2025-01-01", "2025-01-08", "2025-01-15"], "count": 3},
        ),
        Example("check", {"operation": "validate", "date": "2025-02-30"}, {"valid": False}),
    )

    async def run(self, args: DateArgs, ctx: Context) -> dict[str, Any]:
        """Return the operation's result. Raises `ValidationError` for a date, zone, format or unit that is none."""
        return _OPERATIONS[args.operation](args, ctx.clock.now())


def _moment(args: DateArgs, now: float, value: _When, *, path: str = "date") -> DateTime:
    moment = read_moment(value, now, zone=args.input_timezone, tokens=args.input_format, locale=args.locale, path=path)
    return moment if args.timezone is None else moment.in_timezone(read_zone(args.timezone))


def _result(args: DateArgs, moment: DateTime) -> dict[str, Any]:
    return {"text": write_moment(moment, args.format, args.locale), **describe(moment)}


def _same(args: DateArgs, now: float) -> dict[str, Any]:
    return _result(args, _moment(args, now, None if args.operation == "now" else args.date))


def _shift(args: DateArgs, now: float) -> dict[str, Any]:
    amounts = dict(args.duration)
    if args.amount is not None:
        name = "months" if args.unit == "quarter" else f"{args.unit}s"
        amounts[name] = amounts.get(name, 0) + args.amount * (3 if args.unit == "quarter" else 1)
    if not amounts:
        raise fault("duration", "nothing to add: give `duration` ({days = 3}) or `amount` and `unit`")
    sign = -1 if args.operation == "subtract" else 1
    return _result(args, shifted(_moment(args, now, args.date), amounts, sign))


def _diff(args: DateArgs, now: float) -> dict[str, Any]:
    start, end = _moment(args, now, args.date), _moment(args, now, args.end, path="end")
    between = start.diff(end, abs=False)
    seconds = between.total_seconds()
    per = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1, "millisecond": 0.001}
    months = between.years * 12 + between.months
    calendar = {"year": int(months / 12), "quarter": int(months / 3), "month": months}
    parts = {name: getattr(between, name) for name in ("years", "months", "weeks", "hours", "minutes")}
    return {
        "text": between.in_words(locale=read_locale(args.locale)),
        "amount": calendar[args.unit] if args.unit in calendar else seconds / per[args.unit],
        "unit": args.unit,
        "seconds": seconds,
        "days": between.remaining_days,
        "total_days": int(seconds / 86400),
        **parts,
        "start": start.isoformat(),
        "end": end.isoformat(),
    }


def _edge(args: DateArgs, now: float) -> dict[str, Any]:
    moment = _moment(args, now, args.date)
    first = args.operation == "start_of"
    if args.unit == "millisecond":
        raise fault("unit", "start_of and end_of know second to year")
    if args.unit == "quarter":
        month = (moment.month - 1) // 3 * 3 + (1 if first else 3)
        moment = moment.set(day=1).set(month=month)
        return _result(args, moment.start_of("month") if first else moment.end_of("month"))
    return _result(args, moment.start_of(args.unit) if first else moment.end_of(args.unit))


def _range(args: DateArgs, now: float) -> dict[str, Any]:
    if args.end is None:
        raise fault("end", "a range needs `end`")
    start, end = _moment(args, now, args.date), _moment(args, now, args.end, path="end")
    step = args.amount if args.amount is not None else 1
    if step == 0 or (end - start).total_seconds() * step < 0:
        raise fault("amount", "the step never reaches the end")
    items: list[str] = []
    name, factor = ("months", 3) if args.unit == "quarter" else (f"{args.unit}s", 1)
    while True:
        moment = shifted(start, {name: step * factor * len(items)})
        if (moment > end) if step > 0 else (moment < end):
            return {"items": items, "count": len(items), "text": "\n".join(items)}
        if len(items) == MAX_RANGE:
            raise fault("amount", f"the range has more than {MAX_RANGE} dates; use a larger step")
        items.append(write_moment(moment, args.format, args.locale))


def _info(args: DateArgs, now: float) -> dict[str, Any]:
    moment = _moment(args, now, args.date)
    names = (
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "quarter",
        "day_of_year",
        "days_in_month",
        "week_of_month",
    )
    return {
        **_result(args, moment),
        **{name: getattr(moment, name) for name in names},
        "weekday": moment.isoweekday(),
        "weekday_name": write_moment(moment, "dddd", args.locale),
        "month_name": write_moment(moment, "MMMM", args.locale),
        "iso_week": moment.isocalendar().week,
        "iso_year": moment.isocalendar().year,
        "is_leap_year": moment.is_leap_year(),
        "is_dst": moment.is_dst(),
        "is_weekend": moment.isoweekday() > 5,  # noqa: PLR2004 - Saturday and Sunday
    }


def _validate(args: DateArgs, now: float) -> dict[str, Any]:
    try:
        return {"valid": True, "error": None, **_result(args, _moment(args, now, args.date))}
    except ValidationError as error:
        return {"valid": False, "error": error.message, "text": error.message}


_OPERATIONS: Mapping[str, Callable[[DateArgs, float], dict[str, Any]]] = {
    "now": _same,
    "parse": _same,
    "format": _same,
    "convert": _same,
    "add": _shift,
    "subtract": _shift,
    "diff": _diff,
    "start_of": _edge,
    "end_of": _edge,
    "range": _range,
    "info": _info,
    "validate": _validate,
}
