"""Statistics of the calculator; each function takes a list or several numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llmspell_tools_utilities.number_text import check_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell_tools_utilities.calculator_functions import Numbers

_HUNDRED = 100


def statistics_of(numbers: Numbers) -> dict[str, Callable[..., Any]]:
    """Give the functions for one kind of number."""

    def total(values: list[Any]) -> Any:
        whole = all(type(value) is int for value in values)
        return sum(values) if whole else numbers.library.fsum(values)

    def mean(values: list[Any]) -> Any:
        return numbers.floating(total(values)) / len(values)

    def variance(values: list[Any], less: int) -> Any:
        if len(values) <= less:
            raise ValueError(f"it needs at least {less + 1} numbers")
        middle = mean(values)
        return numbers.library.fsum([(value - middle) ** 2 for value in values]) / (len(values) - less)

    def median(values: list[Any]) -> Any:
        ordered, half = sorted(values), len(values) // 2
        return ordered[half] if len(values) % 2 else numbers.divide(ordered[half - 1] + ordered[half], 2)

    root = numbers.library.sqrt
    return {
        "sum": _over(total),
        "mean": _over(mean),
        "avg": _over(mean),
        "median": _over(median),
        "mode": _over(lambda values: Counter(values).most_common(1)[0][0]),
        "min": _over(min),
        "max": _over(max),
        "count": _over(len, empty=True),
        "product": _over(_product),
        "variance": _over(lambda values: variance(values, 1)),
        "pvariance": _over(lambda values: variance(values, 0)),
        "stdev": _over(lambda values: root(variance(values, 1))),
        "pstdev": _over(lambda values: root(variance(values, 0))),
        "percentile": lambda values, share: _percentile(numbers, values, share),
    }


def _product(values: list[Any]) -> Any:
    result: Any = 1
    for value in values:
        result = result * value
        if type(result) is int:
            check_size(result)
    return result


def _over(function: Callable[[list[Any]], Any], *, empty: bool = False) -> Callable[..., Any]:
    def called(*values: Any) -> Any:
        flat = list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)
        if any(isinstance(value, list) for value in flat):
            raise TypeError("a list inside a list")
        if not flat and not empty:
            raise ValueError("the list is empty")
        return function(flat)

    return called


def _percentile(numbers: Numbers, values: list[Any], share: Any) -> Any:
    """Interpolate between the two nearest ranks (the method that spreadsheets call inclusive)."""
    if not values or not 0 <= share <= _HUNDRED:
        raise ValueError("percentile needs a list and a share of 0 to 100")
    ordered = sorted(values)
    place = numbers.floating(share) * (len(ordered) - 1) / _HUNDRED
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
