"""Names of the API: their spelling, and what to say about one that is not there."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from llmspell_engine_python.errors import unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """Give the name in the spelling of the definition: `getConfig` and `yield_` are `get_config` and `yield`."""
    return _HUMP.sub("_", name.rstrip("_")).lower()


def missing(owner: str, space: str, name: str, known: Iterable[str], absent: Mapping[str, str]) -> AttributeError:
    """Say that there is no such name: not yet, when it is one of `absent`, else with the nearest."""
    full = f"{space}.{snake(name)}" if space else name
    if full in absent:
        return unavailable(full, absent)
    near = get_close_matches(snake(name), list(known), n=1, cutoff=0.5)
    return AttributeError(f"{owner} has no {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
