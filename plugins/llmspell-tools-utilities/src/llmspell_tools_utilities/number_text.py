"""Numbers as JSON values and as text."""

from __future__ import annotations

import math
from typing import Any

MAX_DIGITS = 4000
"""Whole numbers beyond this are refused: Python itself refuses to write more than 4300 digits."""
_PLAIN_BELOW = 1e16


def plain_value(number: Any, precision: int | None) -> tuple[Any, str]:
    """Give a result as (JSON value, text); the value is None beyond the range of a machine float.

    Raises `ValueError` when the number is undefined, `OverflowError` when it is infinite or too long.
    """
    if isinstance(number, bool):
        return number, "true" if number else "false"
    if isinstance(number, (list, tuple)):
        pairs = [plain_value(one, precision) for one in number]
        return [value for value, _ in pairs], f"[{', '.join(text for _, text in pairs)}]"
    if isinstance(number, int):
        check_size(number)
        return number, str(number)
    if isinstance(number, float) and precision is None:
        if math.isnan(number):
            raise ValueError("it is undefined")
        if math.isinf(number):
            raise OverflowError("it is infinite")
        whole = number.is_integer() and abs(number) < _PLAIN_BELOW
        return number, str(int(number)) if whole else repr(number)
    return _precise(number, precision or 1)


def check_size(number: int) -> int:
    """Give the number back. Raises `OverflowError` beyond `MAX_DIGITS` digits."""
    if number.bit_length() > MAX_DIGITS * 3.33:
        raise OverflowError("too many digits")
    return number


def _precise(number: Any, precision: int) -> tuple[float | None, str]:
    library = number.context  # the mpmath context that made the number knows its precision
    if not library.isfinite(number):
        raise ValueError("it is infinite or undefined")
    text = library.nstr(number, precision, strip_zeros=True, min_fixed=-7, max_fixed=max(precision, 16))
    value = float(text)
    return None if math.isinf(value) else value, text.removesuffix(".0")
