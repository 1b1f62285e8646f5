"""Text operations on lines and lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from attrs import frozen

from llmspell.spec.tools import Doc
from llmspell_tools_utilities.text_operation import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.context import Regex

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
# ruff: noqa: ARG002 - `regex` belongs to the shape of every operation


@frozen(kw_only=True)
class Lines(Operation):
    """Split into lines."""

    def apply(self, value: str, regex: Regex) -> list[str]:
        """Split."""
        return value.splitlines()


@frozen(kw_only=True)
class Words(Operation):
    """Split at white space."""

    def apply(self, value: str, regex: Regex) -> list[str]:
        """Split."""
        return value.split()


@frozen(kw_only=True)
class Chars(Operation):
    """Split into characters."""

    def apply(self, value: str, regex: Regex) -> list[str]:
        """Split."""
        return list(value)


@frozen(kw_only=True)
class Join(Operation):
    """Join the items of a list."""

    wants: ClassVar[str] = "any"
    separator: Annotated[str, Doc("Between the items.")] = ""

    def apply(self, value: Any, regex: Regex) -> str:
        """Join."""
        return self.separator.join(str(one) for one in value) if isinstance(value, list) else str(value)


@frozen(kw_only=True)
class Sort(Operation):
    """Sort lines, or the items of a list."""

    wants: ClassVar[str] = "list"
    reverse: bool = False
    numeric: Annotated[bool, Doc("By the first number in each; those without come last.")] = False
    ignore_case: bool = False

    def apply(self, value: list[str], regex: Regex) -> list[str]:
        """Sort."""
        return sorted(value, key=self._key, reverse=self.reverse)

    def _key(self, line: str) -> tuple[float, str]:
        number = _NUMBER.search(line) if self.numeric else None
        place = float(number[0]) if number else float("inf") if self.numeric else 0.0
        return (place, line.casefold() if self.ignore_case else line)


@frozen(kw_only=True)
class Unique(Operation):
    """Keep the first of equal lines or items."""

    wants: ClassVar[str] = "list"
    ignore_case: bool = False

    def apply(self, value: list[str], regex: Regex) -> list[str]:
        """Drop the repeated."""
        return list({(one.casefold() if self.ignore_case else one): one for one in reversed(value)}.values())[::-1]


@frozen(kw_only=True)
class Number(Operation):
    """Number lines or items."""

    wants: ClassVar[str] = "list"
    start: int = 1
    separator: str = ": "

    def apply(self, value: list[str], regex: Regex) -> list[str]:
        """Put the numbers before."""
        width = len(str(self.start + len(value) - 1))
        return [f"{index:>{width}}{self.separator}{line}" for index, line in enumerate(value, self.start)]


@frozen(kw_only=True)
class Take(Operation):
    """Keep the first lines or items, the last ones when negative."""

    wants: ClassVar[str] = "list"
    count: int

    def apply(self, value: list[str], regex: Regex) -> list[str]:
        """Take."""
        return value[: self.count] if self.count >= 0 else value[self.count :]


@frozen(kw_only=True)
class RemoveEmpty(Operation):
    """Drop lines or items without text."""

    wants: ClassVar[str] = "list"

    def apply(self, value: list[str], regex: Regex) -> list[str]:
        """Drop."""
        return [one for one in value if one.strip()]


@frozen(kw_only=True)
class Length(Operation):
    """Count the characters of a text or the items of a list."""

    wants: ClassVar[str] = "any"

    def apply(self, value: Any, regex: Regex) -> int:
        """Count."""
        return len(value) if isinstance(value, list) else len(str(value))


LINES: Mapping[str, type[Operation]] = {
    "lines": Lines,
    "words": Words,
    "chars": Chars,
    "join": Join,
    "sort": Sort,
    "unique": Unique,
    "number": Number,
    "take": Take,
    "remove_empty": RemoveEmpty,
    "length": Length,
}
