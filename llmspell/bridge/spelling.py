"""Both spellings of names: snake_case in the definition, camelCase wherever a script prefers it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Turn `maxTokens` and `HTTPTool` into `max_tokens` and `http_tool`; a name in snake_case stays as it is."""
    return _HUMP.sub("_", name).lower()


def camel(name: str) -> str:
    """Turn `max_tokens` into `maxTokens`."""
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def nearest(name: str, known: Iterable[str], *, alike: float = 0.5) -> str | None:
    """Give the known name most like this one, or None when none is at least so much like it, from 0 to 1."""
    found = near_words(name, list(known), n=1, cutoff=alike)
    return found[0] if found else None
