"""The header of a spell: the rights it asks for, in the comments at the top of its file.

    -- @allow-read: ./data, docs          Lua
    // @allow-net: api.example.com:443    JavaScript
    #  @allow: mail.send=example.com      Python

A header grants nothing. It is what a person is asked for, and the most that the spell will hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ConfigError
from llmspell.services.permission_rights import FLAGS, RIGHTS, UNASKED
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMMENT = re.compile(r"\s*(?:--+|//+|#+)(.*)\Z", re.DOTALL)
_ASKS = re.compile(r"\s*@(allow[\w.-]*|deny[\w.-]*)\s*(?::(.*))?\Z", re.DOTALL)
_STRAY = re.compile(r"\s*(?:--+(?:\[=*\[)?|//+|#+|/?\*+)\s*@(?:allow|deny)(?:-\w+)?\s*(?::|\Z)")
_WORDS = {"allow": "", **{f"allow-{name}": right for right, name in FLAGS.items()}}


class Header(NamedTuple):
    """What a spell asks for: `rules` in their normal form, `name` that of its file."""

    name: str
    rules: tuple[str, ...]

    def limit(self, cwd: Path | str) -> Grants:
        """Give the most that the spell will hold: what it asks for, and what needs no asking."""
        mark = f"the header of {self.name} does not ask for it"
        return Grants.parse((*self.rules, *UNASKED), cwd=cwd, why=mark)


def header_of(source: str, name: str, cwd: Path | str) -> Header | None:
    """Read the header of a spell; None when it asks for nothing. Paths start at `cwd`, as in flags.

    Raises `ConfigError` with the lines of all that is no right.
    """
    wanted: list[str] = []
    faults: list[tuple[str, str]] = []
    suggestions: list[str] = []
    for number, words, targets in _lines(source):
        try:
            wanted += Grants.parse(_rules(words, targets), cwd=cwd).rules()
        except ConfigError as error:
            faults.append((f"{name}:{number}", error.message))
            suggestions += error.suggestions
    if faults:
        told = "; ".join(f"line {at.rpartition(':')[2]}: {text}" for at, text in faults)
        message = f"the header of {name} asks for what cannot be granted: {told}"
        wrong = ConfigError(message, faults=faults, suggestions=suggestions)
        wrong.where = faults[0][0]
        raise wrong
    return Header(name, tuple(dict.fromkeys(wanted))) if wanted else None


def strays(source: str) -> list[int]:
    """Give the lines that look as if they asked, and stand where no header is: in a block, or behind code."""
    asking = {number for number, _, _ in _lines(source)}
    lines = enumerate(source.removeprefix("\ufeff").splitlines(), 1)
    return [number for number, line in lines if number not in asking and _STRAY.match(line)]


def _lines(source: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield number, word and targets of the lines that ask, among the comments before the first line of code."""
    for number, line in enumerate(source.removeprefix("\ufeff").splitlines(), 1):
        if (number == 1 and line.startswith("#!")) or not line.strip():
            continue
        comment = _COMMENT.match(line)
        if comment is None:
            return
        asks = _ASKS.match(comment[1])
        if asks is not None:
            yield number, asks[1], asks[2]


def _rules(word: str, targets: str | None) -> list[str]:
    """Turn a line into rules as `Grants.parse` reads them."""
    if word.startswith("deny"):
        message = f"there is no `@{word}`"
        raise ConfigError(message, suggestions=["a header only asks: what it does not ask for is not granted"])
    if word not in _WORDS:
        raise ConfigError(f"there is no `@{word}`", suggestions=_near(word))
    right = _WORDS[word]
    if targets is None and not right:
        raise ConfigError("`@allow` names no right", suggestions=["write `@allow: RIGHT=TARGET`"])
    listed = [one.strip() for one in (targets or "").split(",") if one.strip()]
    if targets is not None and not listed:
        raise ConfigError(f"`@{word}:` names no target", suggestions=[f"write `@{word}` for every one"])
    if not right:
        if denying := [one for one in listed if one.startswith("!")]:
            raise ConfigError(f"a header only asks: {', '.join(denying)} would deny")
        return listed
    return [f"{right}={one}" for one in listed] or [right]


def _near(word: str) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - only for the message

    near = get_close_matches(word, _WORDS, n=2, cutoff=0.6)
    named = word.removeprefix("allow-")
    if named in RIGHTS:
        return [f"write `@allow: {named}=TARGET`"]
    return [f"write `@{one}`" for one in near] or [f"write one of {', '.join('@' + one for one in _WORDS)}"]
