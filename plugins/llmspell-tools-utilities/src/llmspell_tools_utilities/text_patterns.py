"""Text operations with patterns: regular expressions in linear time, with the flags and replacements of JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.spec.tools import Doc
from llmspell_tools_utilities.text_operation import Operation, refuse_longer_than_limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspell.spec.context import Regex

_FLAGS = "gimsu"
_REFERENCE = re.compile(r"\$(?:(\$)|(&)|(\d{1,2})|<(\w+)>|\{(\w+)\})|\\(\d)|\\g<(\w+)>")
_FLAG_DOC = Doc(
    "g all (without it the first only), i ignore case, m ^ and $ at lines, s dot matches newline.", max_length=5
)


@frozen(kw_only=True)
class Pattern(Operation):
    """What the operations with a pattern share."""

    pattern: Annotated[
        str, Doc("Regular expression (RE2: no look-around), or plain text with regex=false.", max_length=10_000)
    ]
    flags: Annotated[str, _FLAG_DOC] = "g"
    regex: Annotated[bool, Doc("Whether the pattern is a regular expression.")] = True

    def matches(self, text: str, engine: Regex) -> Iterator[Any]:
        """Yield the matches that the flags ask for."""
        unknown = sorted(set(self.flags) - set(_FLAGS))
        if unknown:
            message = f"there is no flag {', '.join(unknown)} of a pattern"
            raise ValidationError(message, suggestions=["use g, i, m and s"])
        pattern = self.pattern if self.regex else re.escape(self.pattern)
        flags = {"ignore_case": "i" in self.flags, "multiline": "m" in self.flags, "dotall": "s" in self.flags}
        found = engine.compile(pattern, **flags).finditer(text)
        for index, match in enumerate(found):
            if index and "g" not in self.flags:
                return
            yield match


@frozen(kw_only=True)
class Replace(Pattern):
    r"""Replace what matches; `$1`, `$<name>`, `$&` and `$$` in the replacement as in JavaScript, `\1` as well."""

    replacement: Annotated[str, Doc("What comes instead.")] = ""

    def apply(self, value: str, regex: Regex) -> str:
        """Replace."""
        pieces: list[str] = []
        end = 0
        length = 0
        for match in self.matches(value, regex):
            pieces += [value[end : match.start()], expand(self.replacement, match) if self.regex else self.replacement]
            end = match.end()
            length += len(pieces[-1])
            refuse_longer_than_limit(length)
        return "".join([*pieces, value[end:]])


@frozen(kw_only=True)
class Remove(Pattern):
    """Take away what matches."""

    def apply(self, value: str, regex: Regex) -> str:
        """Take away."""
        pieces: list[str] = []
        end = 0
        for match in self.matches(value, regex):
            pieces.append(value[end : match.start()])
            end = match.end()
        return "".join([*pieces, value[end:]])


@frozen(kw_only=True)
class Extract(Pattern):
    """Give what matches: all as a list with the flag g, else the first or null."""

    group: Annotated[int | str | None, Doc("Number or name of the group to give; default: the whole match.")] = None

    def apply(self, value: str, regex: Regex) -> Any:
        """Extract."""
        found = [self._part(match) for match in self.matches(value, regex)]
        return found if "g" in self.flags else (found[0] if found else None)

    def _part(self, match: Any) -> str | None:
        try:
            part: str | None = match.group(self.group or 0)
        except (IndexError, KeyError) as error:
            message = f"the pattern {self.pattern!r} has no group {self.group!r}"
            raise ValidationError(
                message, suggestions=["groups are numbered from 1, or named with (?P<name>...)"]
            ) from error
        return part


@frozen(kw_only=True)
class Test(Pattern):
    """Tell whether something matches."""

    def apply(self, value: str, regex: Regex) -> bool:
        """Look for a match."""
        return next(self.matches(value, regex), None) is not None


@frozen(kw_only=True)
class Count(Operation):
    """Count matches; `words`, `lines` and `characters` as `of` need no pattern."""

    of: Annotated[str, Doc("words, lines, characters, or a pattern.")] = "characters"
    flags: Annotated[str, _FLAG_DOC] = "g"
    regex: bool = True

    def apply(self, value: str, regex: Regex) -> int:
        """Count."""
        if self.of == "words":
            return len(value.split())
        if self.of == "lines":
            return len(value.splitlines())
        if self.of in {"characters", "chars"}:
            return len(value)
        return sum(1 for _ in Pattern(pattern=self.of, flags=self.flags, regex=self.regex).matches(value, regex))


@frozen(kw_only=True)
class Split(Operation):
    """Split at a separator, which may be a pattern."""

    separator: Annotated[str, Doc("Separator; empty splits into characters.")] = ","
    limit: Annotated[int | None, Doc("At most this many items; the last holds the rest.", minimum=1)] = None
    regex: Annotated[bool, Doc("Whether the separator is a regular expression.")] = False
    flags: Annotated[str, _FLAG_DOC] = "g"

    def apply(self, value: str, regex: Regex) -> list[str]:
        """Split."""
        if not self.separator:
            return list(value)
        if not self.regex:
            return value.split(self.separator, -1 if self.limit is None else self.limit - 1)
        pieces: list[str] = []
        end = 0
        for match in Pattern(pattern=self.separator, flags=self.flags).matches(value, regex):
            if self.limit is not None and len(pieces) == self.limit - 1:
                break
            if match.end() > match.start():
                pieces.append(value[end : match.start()])
                end = match.end()
        return [*pieces, value[end:]]


@frozen(kw_only=True)
class Filter(Pattern):
    """Keep the lines or items that match, or those that do not."""

    wants: ClassVar[str] = "list"
    invert: Annotated[bool, Doc("Keep those that do not match.")] = False

    def apply(self, value: list[str], regex: Regex) -> list[str]:
        """Filter."""
        return [one for one in value if (next(self.matches(one, regex), None) is None) == self.invert]


def expand(replacement: str, match: Any) -> str:
    r"""Fill `$1`, `$<name>`, `${name}`, `$&`, `$$`, `\1` and `\g<name>`; a group that took no part is empty."""

    def fill(reference: re.Match[str]) -> str:
        dollar, whole, number, named, braced, slashed, python = reference.groups()
        if dollar:
            return "$"
        key: Any = 0 if whole else int(number or slashed) if number or slashed else named or braced or python
        if isinstance(key, str) and key.isdigit():
            key = int(key)
        try:
            return match.group(key) or ""
        except (IndexError, KeyError):
            return reference[0]

    return _REFERENCE.sub(fill, replacement)


PATTERNS: Mapping[str, type[Operation]] = {
    "replace": Replace,
    "remove": Remove,
    "extract": Extract,
    "test": Test,
    "count": Count,
    "split": Split,
    "filter": Filter,
}
