"""Name patterns: `*`, `?`, `[a-z]`, `**`, `{a,b}`, turned into linear-time regular expressions.

A pattern without a slash is about the last name at any depth (`*.pdf`); one with a slash is about the whole path below
the start (`docs/**/*.md`). Patterns come from models and scripts: the usual translations backtrack, and a few stars
would stop the clock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspell.spec.context import Regex

_MAX_ALTERNATIVES = 256
_MAX_LENGTH = 1000
_CLASS_SPECIAL = re.compile(r"([\\\[\]^&~|])")


class Globs:
    """A set of patterns; an empty one matches nothing."""

    __slots__ = ("_names", "_paths")

    def __init__(self, patterns: Sequence[str], regex: Regex, *, ignore_case: bool = False) -> None:
        names: list[str] = []
        paths: list[str] = []
        for pattern in patterns:
            for plain in expand(pattern):
                (paths if "/" in plain.rstrip("/") else names).append(translate(plain.rstrip("/")))
        self._names = regex.compile("|".join(names), ignore_case=ignore_case) if names else None
        self._paths = regex.compile("|".join(paths), ignore_case=ignore_case) if paths else None

    def matches(self, path: str) -> bool:
        """Tell whether a path, relative to the start, fits one of the patterns."""
        if self._names is not None and self._names.fullmatch(path.rpartition("/")[2]):
            return True
        return self._paths is not None and self._paths.fullmatch(path) is not None


def as_patterns(value: str | list[str] | None) -> list[str]:
    """Give a list from one pattern, several or none."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def expand(pattern: str) -> list[str]:
    """Expand `{a,b}`, nested too; braces without a comma stand for themselves."""
    if not pattern or len(pattern) > _MAX_LENGTH:
        raise ValidationError(
            f"a pattern has between 1 and {_MAX_LENGTH} characters", suggestions=["Leave it out, or give several."]
        )
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        one = waiting.pop()
        parts = _alternatives(one)
        if parts is None:
            done.append(one)
        else:
            waiting.extend(reversed(parts))
        if len(done) + len(waiting) > _MAX_ALTERNATIVES:
            raise ValidationError(
                f"the pattern {pattern[:100]!r} has more than {_MAX_ALTERNATIVES} alternatives",
                suggestions=["Use a wider pattern, such as '*'."],
            )
    return done


def _alternatives(pattern: str) -> list[str] | None:
    """Expand the first innermost group that has a comma."""
    for match in re.finditer(r"\{([^{}]*)\}", pattern):
        if "," in match[1]:
            return [pattern[: match.start()] + one + pattern[match.end() :] for one in match[1].split(",")]
    return None


def translate(pattern: str) -> str:
    """Give a pattern without braces as a regular expression for a whole text."""
    return "".join(_pieces(pattern.removeprefix("./").removeprefix("/")))


def _pieces(pattern: str) -> Iterator[str]:
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**/"):
            yield "(?:.*/)?"
            position += 3
        elif rest.startswith("**"):
            yield ".*"
            position += 2
        elif rest[0] in "*?":
            yield "[^/]*" if rest[0] == "*" else "[^/]"
            position += 1
        elif rest[0] == "[" and (end := _class_end(rest)) > 0:
            yield _class(rest[1:end])
            position += end + 1
        elif rest[0] == "\\" and len(rest) > 1:
            yield re.escape(rest[1])
            position += 2
        else:
            yield re.escape(rest[0])
            position += 1


def _class_end(text: str) -> int:
    """Find the bracket that closes a class; one that comes first is a member."""
    start = 2 if text[1:2] in ("!", "^") else 1
    return text.find("]", start + 1)


def _class(members: str) -> str:
    negated = members[:1] in ("!", "^")
    inside = _CLASS_SPECIAL.sub(r"\\\1", members[1:] if negated else members)
    return f"[^/{inside}]" if negated else f"[{inside}]"
