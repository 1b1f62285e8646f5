"""The helpers of templates, and how values count and print. Everything works on JSON data and on nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 64
MAX_TEXT = 10 << 20
"""Characters that a helper may make out of short ones."""

_MAX_PLAIN_FLOAT = 1e21  # above it JavaScript, too, writes an exponent
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
)


class Helper(NamedTuple):
    """A function of a template's values, how many it takes, and whether the first may be missing."""

    function: Callable[..., object]
    takes: tuple[int, int]
    lenient: bool = False


def escape_html(text: str) -> str:
    """Escape as Handlebars does."""
    return text.translate(_ESCAPES)


def truthy(value: object) -> bool:
    """Tell whether a value counts as true: all but false, null, "", 0, NaN and an empty list; an empty map does."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return True if isinstance(value, Mapping) else bool(value)


def text_of(value: object) -> str:
    """Print a value: null is nothing, a list its items with commas, a map its JSON.

    Raises `ValidationError` for what is no JSON data: printing an object would run code of its own.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) < _MAX_PLAIN_FLOAT
        return str(int(value)) if whole else repr(value)
    if isinstance(value, (list, tuple)):
        return ",".join(text_of(one) for one in value)
    if isinstance(value, Mapping):
        return to_json(value)
    raise ValidationError(f"a {type(value).__name__} is no data that a template could print")


def to_json(value: object, indent: object = None) -> str:
    """Give JSON; `indent` is a number of spaces."""
    try:
        width = indent if isinstance(indent, int) and 0 < indent <= 8 else None  # noqa: PLR2004 - more is no indentation
        return json.dumps(_plain(value), ensure_ascii=False, indent=width, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError(f"the value has no JSON form: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {text_of(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def number_of(value: object) -> float:
    """Give a finite number, also from a text; anything else is a `ValidationError`."""
    number = value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        raise ValidationError(f"{text_of(value)!r} is not a number")
    return number


def _lookup(where: object, key: object) -> object:
    return member(where, text_of(key), None)


def member(where: object, name: str, missing: object) -> object:
    """Give an entry of a map or an item of a list by its number, else `missing`; `length` of a list or text."""
    if isinstance(where, Mapping):
        return where.get(name, missing)
    if isinstance(where, (list, tuple)) and name.isdecimal():
        return where[int(name)] if len(name) < 10 and int(name) < len(where) else missing  # noqa: PLR2004
    if name == "length" and isinstance(where, (list, tuple, str)):
        return len(where)
    return missing


def _equal(one: object, two: object) -> bool:
    return one == two and isinstance(one, bool) == isinstance(two, bool)


def _less(one: object, two: object) -> bool:
    if isinstance(one, str) and isinstance(two, str):
        return one < two
    return number_of(one) < number_of(two)


def _and(*values: object) -> object:
    return next((one for one in values if not truthy(one)), values[-1])


def _or(*values: object) -> object:
    return next((one for one in values if truthy(one)), values[-1])


def _len(value: object) -> int:
    if value is None:
        return 0
    return len(value) if isinstance(value, (str, list, tuple, Mapping)) else len(text_of(value))


def _join(values: object, separator: object = ",") -> str:
    if not isinstance(values, (list, tuple)):
        raise ValidationError("join needs a list")
    between = text_of(separator)
    _check_length(len(values) * len(between))
    return between.join(text_of(one) for one in values)


def _round(value: object, digits: object = 0) -> float:
    """Round half away from zero, as people do."""
    from decimal import ROUND_HALF_UP, Context, Decimal  # noqa: PLC0415 - as large as all of the templates

    places = int(number_of(digits))
    if not 0 <= places <= 15:  # noqa: PLR2004 - what a float holds
        raise ValidationError("round needs 0 to 15 digits")
    exact = Decimal(repr(number_of(value)))
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400))
    return float(rounded) if places else int(rounded)


def _replace(text: object, old: object, new: object) -> str:
    whole, wanted, instead = text_of(text), text_of(old), text_of(new)
    if not wanted:
        raise ValidationError("replace needs a text to look for")
    _check_length(whole.count(wanted) * len(instead))
    return whole.replace(wanted, instead)


def _check_length(count: int) -> None:
    if count > MAX_TEXT:
        raise ValidationError(f"the text would have more than {MAX_TEXT} characters")


HELPERS: dict[str, Helper] = {
    "lookup": Helper(_lookup, (2, 2), lenient=True),
    "eq": Helper(_equal, (2, 2)),
    "ne": Helper(lambda one, two: not _equal(one, two), (2, 2)),
    "lt": Helper(_less, (2, 2)),
    "gt": Helper(lambda one, two: _less(two, one), (2, 2)),
    "and": Helper(_and, (1, MANY), lenient=True),
    "or": Helper(_or, (1, MANY), lenient=True),
    "not": Helper(lambda value: not truthy(value), (1, 1), lenient=True),
    "len": Helper(_len, (1, 1)),
    "upper": Helper(lambda value: text_of(value).upper(), (1, 1)),
    "lower": Helper(lambda value: text_of(value).lower(), (1, 1)),
    "trim": Helper(lambda value: text_of(value).strip(), (1, 1)),
    "join": Helper(_join, (1, 2)),
    "default": Helper(lambda value, other: other if value is None or value == "" else value, (2, 2), lenient=True),
    "json": Helper(to_json, (1, 2)),
    "round": Helper(_round, (1, 2)),
    "replace": Helper(_replace, (3, 3)),
}
