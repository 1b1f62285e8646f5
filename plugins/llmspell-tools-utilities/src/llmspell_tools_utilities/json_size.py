"""How large and how deep a JSON value is: work on one grows with both, and a patch can double it at each step."""

from __future__ import annotations

from typing import Any, Final

from llmspell.errors import ResourceExhaustedError

MAX_SIZE: Final = 10_000_000
"""Characters, and values, that a JSON value may have in all."""

MAX_DEPTH: Final = 100
"""Lists and objects in one another; Python itself ends at some hundreds."""


def size_of(value: Any, limit: int = MAX_SIZE) -> int:
    """Count the values in a JSON value and the characters of its texts and keys.

    Raises `ResourceExhaustedError` as soon as it is larger than `limit`, or deeper than `MAX_DEPTH`.
    """
    size = 0
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        following: list[Any] = []
        for one in level:
            size += 1 + (len(one) if isinstance(one, str) else 0)
            if isinstance(one, dict):
                size += sum(len(key) for key in one)
                following += one.values()
            elif isinstance(one, list):
                following += one
            if size + len(following) > limit:
                raise ResourceExhaustedError(
                    f"the JSON value is larger than {limit} characters and values", suggestions=["work on a part of it"]
                )
        if not following:
            return size
        level = following
    raise too_deep()


def too_deep() -> ResourceExhaustedError:
    """Say that a value is nested too deeply."""
    return ResourceExhaustedError(
        f"the JSON value is more than {MAX_DEPTH} lists and objects deep", suggestions=["work on a part of it"]
    )
