"""What a text must hold for a query to match: literal pieces, found without running the query.

Of a regular expression, pieces are only taken where nobody can doubt that every match holds them; at the first sign
this reader does not know, nothing is required and every file is read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from llmspell_tools_files.search.trigrams import fold, hashes

Wanted = tuple[frozenset[int], ...]
"""Alternatives, one of which must hold with all its pieces; none means that every text may match."""

_REPEAT = re.compile(r"\{(\d+)(?:,\d*)?\}")
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\[^QEpPx0-9]|[^\\\[\]])*\]")
_GROUP = re.compile(r"\((?:\?:|\?P?<\w+>|(?!\?))")
_SHORTHAND = set("dDsSwWbBAztnrfva")
_PUNCTUATION = re.compile(r"[^\w\s]", re.ASCII)


class _Doubt(Exception):  # noqa: N818 - never leaves this module
    """Say that a pattern holds something this reader does not know."""


class _Part(NamedTuple):
    """Literal runs that every match of a part holds, and where the part ends."""

    runs: list[str]
    end: int


def required(query: str, *, regex: bool, ignore_case: bool, by_pattern: bool) -> Wanted:
    """Give what a text must hold; `by_pattern` says that RE2 does the matching, whose idea of case is its own."""
    try:
        alternatives = _alternatives(query) if regex else [[query]]
    except (_Doubt, RecursionError):
        return ()
    found = [_hashes(runs, ascii_only=ignore_case and by_pattern) for runs in alternatives]
    return tuple(found) if all(found) else ()


def _hashes(runs: list[str], *, ascii_only: bool) -> frozenset[int]:
    wanted: set[int] = set()
    for run in runs:
        for piece in re.findall(r"[\x00-\x7f]+", run) if ascii_only else [run]:
            wanted |= hashes(fold(piece))
    return frozenset(wanted)


def _alternatives(pattern: str) -> list[list[str]]:
    """Read a whole pattern: its top alternatives, each with the runs it requires."""
    found, at = [], 0
    while True:
        part = _sequence(pattern, at)
        found.append(part.runs)
        if part.end == len(pattern):
            return found
        if pattern[part.end] != "|":
            raise _Doubt
        at = part.end + 1


def _sequence(pattern: str, at: int) -> _Part:
    """Read up to an alternative, a closing bracket or the end."""
    runs: list[str] = []
    run = ""
    while at < len(pattern) and pattern[at] not in "|)":
        literal, inner, at = _atom(pattern, at)
        least, at = _quantifier(pattern, at)
        if literal and least == 1:
            run += literal
            continue
        # what repeats stands once at least, but what follows need not follow the first time
        runs.append(run + literal if literal and least else run)
        run = ""
        if least:
            runs += inner
    return _Part([*runs, run], at)


def _atom(pattern: str, at: int) -> tuple[str, list[str], int]:
    """Read one thing: the character it stands for if it is one, the runs of a group, and where it ends."""
    sign = pattern[at]
    if sign == "(":
        return _group(pattern, at)
    if sign == "[":
        match = _CLASS.match(pattern, at)
        if match is None:
            raise _Doubt
        return "", [], match.end()
    if sign == "\\":
        return _escape(pattern, at)
    if sign in "*+?":
        raise _Doubt
    return ("" if sign in ".^${}" else sign), [], at + 1


def _group(pattern: str, at: int) -> tuple[str, list[str], int]:
    opening = _GROUP.match(pattern, at)
    if opening is None:
        raise _Doubt  # flags: they may change what a letter matches
    parts = [_sequence(pattern, opening.end())]
    while pattern[parts[-1].end : parts[-1].end + 1] == "|":
        parts.append(_sequence(pattern, parts[-1].end + 1))
    end = parts[-1].end
    if pattern[end : end + 1] != ")":
        raise _Doubt
    return "", parts[0].runs if len(parts) == 1 else [], end + 1


def _escape(pattern: str, at: int) -> tuple[str, list[str], int]:
    sign = pattern[at + 1 : at + 2]
    if sign in _SHORTHAND:
        return "", [], at + 2
    if not _PUNCTUATION.match(sign):
        raise _Doubt
    return sign, [], at + 2


def _quantifier(pattern: str, at: int) -> tuple[int, int]:
    """Give how often a thing stands at least (1 is once, 2 is several times or more), and where the quantifier ends."""
    sign = pattern[at : at + 1]
    repeat = _REPEAT.match(pattern, at)
    if sign in ("*", "?"):
        least, at = 0, at + 1
    elif sign == "+":
        least, at = 2, at + 1
    elif repeat is not None:
        least, at = (2 if int(repeat[1]) else 0), repeat.end()
    else:
        return 1, at
    at += pattern[at : at + 1] == "?"
    if pattern.startswith(("*", "+", "?"), at) or _REPEAT.match(pattern, at):
        raise _Doubt
    return least, at
