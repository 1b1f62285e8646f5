"""Whether a value is one of JSON, how large and how deep: work on one grows with both, and a patch can double it."""

from __future__ import annotations

import math
from typing import Any, Final

from llmspell.errors import ResourceExhaustedError

MAX_SIZE: Final = 10_000_000
"""Characters, and values, that a JSON value may have in all."""

MAX_DEPTH: Final = 100
"""Lists and objects in one another; Python itself ends at some hundreds."""


def size_of(value: Any, limit: int = MAX_SIZE) -> int:
    """Count the values in a JSON value and the characters of its texts and keys; a tuple is a list.

    Raises `ResourceExhaustedError` as soon as it is larger than `limit`, or deeper than `MAX_DEPTH`, and `ValueError`
    for what JSON does not have: scripts can hand bytes and dates, Python anything.
    """
    size = 0
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        following: list[Any] = []
        for one in level:
            size += 1 + _letters(one)
            if isinstance(one, dict):
                following += one.values()
            elif isinstance(one, (list, tuple)):
                following += one
            if size + len(following) > limit:
                raise ResourceExhaustedError(
                    f"the JSON value is larger than {limit} characters and values", suggestions=["work on a part of it"]
                )
        if not following:
            return size
        level = following
    raise too_deep()


def _letters(one: Any) -> int:
    """Count the characters of a text, or of the keys of an object."""
    if isinstance(one, str):
        return len(one)
    if isinstance(one, dict):
        if odd := [key for key in one if not isinstance(key, str)]:
            raise ValueError(f"it holds a key that is {type(odd[0]).__name__}")
        return sum(map(len, one))
    if isinstance(one, float) and not math.isfinite(one):
        raise ValueError(f"it holds {one}")
    if one is not None and not isinstance(one, (bool, int, float, list, tuple)):
        raise ValueError(f"it holds {type(one).__name__}")
    return 0


def too_deep() -> ResourceExhaustedError:
    """Say that a value is nested too deeply."""
    return ResourceExhaustedError(
        f"the JSON value is more than {MAX_DEPTH} lists and objects deep", suggestions=["work on a part of it"]
    )
