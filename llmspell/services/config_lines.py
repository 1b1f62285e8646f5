"""Find the line of each key in a TOML file, which the parser of the standard library does not tell."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmspell.services.config_sources import Key

LONGEST = 400
"""Lines of one value after which it is not looked for any further."""


def lines_of(text: str) -> dict[Key, int]:
    """Give the line (from 1) of each key of a valid TOML text; those behind a value of too many lines are missing.

    Each statement is parsed by itself, and grows by a line until it is whole: no grammar of our own.
    """
    found: dict[Key, int] = {}
    above: Key = ()
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        count, tree = _statement(lines, at)
        if tree is None:
            return found
        header = lines[at].lstrip().startswith("[")
        for key in _keys(tree):
            found.setdefault(key if header else (*above, *key), at + 1)
        if header:
            above = max(_keys(tree), key=len, default=())
        at += count
    return found


def _statement(lines: list[str], at: int) -> tuple[int, dict[str, Any] | None]:
    for count in range(1, min(LONGEST, len(lines) - at) + 1):
        try:
            return count, tomllib.loads("\n".join(lines[at : at + count]))
        except tomllib.TOMLDecodeError:
            continue
    return 0, None


def _keys(tree: dict[str, Any], above: Key = ()) -> list[Key]:
    """List every key of a tree, tables included; an array of tables is one key."""
    found: list[Key] = []
    for name, value in tree.items():
        found.append((*above, name))
        if isinstance(value, dict):
            found += _keys(value, (*above, name))
    return found
