"""Find the JSON in what a model wrote: alone, in a fence, or among sentences."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"```[a-zA-Z0-9]*[ \t\r]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
BEGUN = re.compile(r'\{\s*"|\[\s*[\[{"]')
"""What begins like JSON and not like a remark: when it is broken, a whole value inside of it is no answer."""

MOST = 32
"""Places at which JSON is looked for in a text that is not JSON as a whole."""


def decoded(text: str) -> object:
    """Decode JSON and nothing else. Raises `ValueError` and `RecursionError`."""
    return _DECODER.decode(text)


def found_in(text: str) -> Iterator[object]:
    """Give the values that a text may mean, the most probable first: the whole, its fences, what stands in it."""
    for piece in (text, *FENCE.findall(text)):
        try:
            yield decoded(piece.strip())
        except (ValueError, RecursionError):
            continue
    at = -1
    for _ in range(MOST):
        starts = [start for start in (text.find("{", at + 1), text.find("[", at + 1)) if start >= 0]
        if not starts:
            return
        at = min(starts)
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            if BEGUN.match(text, at):
                return
            continue
        at = end - 1
        yield value


def why_none(text: str) -> str:
    """Say why a text is no JSON."""
    if not text.strip():
        return "the answer is empty"
    try:
        decoded(text.strip())
    except json.JSONDecodeError as error:
        return f"the answer is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        return f"the answer is not JSON: {error}"
    return "the answer is not JSON"


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
