"""Functions of whole numbers, with results of bounded length."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llmspell_tools_utilities.number_text import MAX_DIGITS, check_size

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_FACTORIAL = 1400  # 1400! has 3765 digits


def whole(function: Callable[..., int]) -> Callable[..., int]:
    """Make a function of whole numbers whose result is bounded."""
    return lambda *values: check_size(function(*[_integer(value) for value in values]))


def choice(function: Callable[[int, int], int]) -> Callable[[Any, Any], int]:
    """Make comb or perm refuse what would be too long before it is calculated."""

    def chosen(of: Any, some: Any) -> int:
        if min(_integer(some), abs(_integer(of) - _integer(some))) > MAX_DIGITS or _integer(some) > 10 * MAX_DIGITS:
            raise OverflowError("too many digits")
        return check_size(function(_integer(of), _integer(some)))

    return chosen


def factorial(value: Any) -> int:
    """Give n! for whole n up to 1400."""
    if value > _MAX_FACTORIAL:
        raise OverflowError("too many digits")
    return math.factorial(_integer(value))


def _integer(value: Any) -> int:
    if value != int(value):
        raise ValueError(f"{value} is not a whole number")
    return int(value)
