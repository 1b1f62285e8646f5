"""Text operations on the shape of a text: its ends, length and layout."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from attrs import frozen

from llmspell.spec.tools import Doc
from llmspell_tools_utilities.text_operation import MAX_TEXT, Operation, refuse_longer_than_limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.context import Regex

_SPACES = re.compile(r"\s+")
# ruff: noqa: ARG002 - `regex` belongs to the shape of every operation


@frozen(kw_only=True)
class Trim(Operation):
    """Take white space, or given characters, from both ends."""

    chars: Annotated[str | None, Doc("Characters to take; default: white space.")] = None

    def apply(self, value: str, regex: Regex) -> str:
        """Trim."""
        return value.strip(self.chars)


@frozen(kw_only=True)
class TrimStart(Trim):
    """Trim the start."""

    def apply(self, value: str, regex: Regex) -> str:
        """Trim."""
        return value.lstrip(self.chars)


@frozen(kw_only=True)
class TrimEnd(Trim):
    """Trim the end."""

    def apply(self, value: str, regex: Regex) -> str:
        """Trim."""
        return value.rstrip(self.chars)


@frozen(kw_only=True)
class Collapse(Operation):
    """Make every run of white space one space."""

    def apply(self, value: str, regex: Regex) -> str:
        """Collapse."""
        return _SPACES.sub(" ", value).strip()


@frozen(kw_only=True)
class Slice(Operation):
    """Take a part; negative numbers count from the end. On a list, it takes items."""

    wants: ClassVar[str] = "any"
    start: Annotated[int, Doc("First character or item, from 0.")] = 0
    end: Annotated[int | None, Doc("Where to stop; that one is not included.")] = None

    def apply(self, value: Any, regex: Regex) -> Any:
        """Cut."""
        return value[self.start : self.end] if isinstance(value, list) else str(value)[self.start : self.end]


@frozen(kw_only=True)
class Truncate(Operation):
    """Shorten to a length, suffix included."""

    length: Annotated[int, Doc("Longest result.", minimum=0)]
    suffix: Annotated[str, Doc("Put where something was cut.")] = "..."
    words: Annotated[bool, Doc("Cut between words.")] = False

    def apply(self, value: str, regex: Regex) -> str:
        """Shorten."""
        if len(value) <= self.length:
            return value
        kept = value[: max(self.length - len(self.suffix), 0)]
        inside_word = not value[len(kept)].isspace() and not kept[-1:].isspace()
        if self.words and inside_word and len(kept.split()) > 1:
            kept = kept.rsplit(None, 1)[0]
        return (kept.rstrip() if self.words else kept) + self.suffix[: self.length]


@frozen(kw_only=True)
class Pad(Operation):
    """Fill up to a width."""

    width: Annotated[int, Doc("Shortest result.", minimum=0, maximum=MAX_TEXT)]
    fill: Annotated[str, Doc("What to fill with.", min_length=1)] = " "
    side: Annotated[Literal["left", "right", "both"], Doc("Where to fill.")] = "right"

    def apply(self, value: str, regex: Regex) -> str:
        """Fill."""
        missing = self.width - len(value)
        if missing <= 0:
            return value
        left = {"left": missing, "right": 0, "both": missing // 2}[self.side]
        return self._filling(left) + value + self._filling(missing - left)

    def _filling(self, length: int) -> str:
        return (self.fill * (length // len(self.fill) + 1))[:length]


@frozen(kw_only=True)
class PadLeft(Pad):
    """Fill on the left."""

    side: Literal["left"] = "left"


@frozen(kw_only=True)
class Center(Pad):
    """Fill on both sides."""

    side: Literal["both"] = "both"


@frozen(kw_only=True)
class Repeat(Operation):
    """Repeat."""

    count: Annotated[int, Doc("How often.", minimum=0, maximum=MAX_TEXT)]
    separator: Annotated[str, Doc("Between the copies.")] = ""

    def apply(self, value: str, regex: Regex) -> str:
        """Repeat."""
        refuse_longer_than_limit((len(value) + len(self.separator)) * self.count)
        return self.separator.join([value] * self.count)


@frozen(kw_only=True)
class Wrap(Operation):
    """Break long lines between words; paragraphs stay apart."""

    width: Annotated[int, Doc("Longest line.", minimum=1, maximum=10_000)] = 80
    indent: Annotated[str, Doc("Before each line but the first of a paragraph.", max_length=100)] = ""

    def apply(self, value: str, regex: Regex) -> str:
        """Wrap."""
        return "\n".join(textwrap.fill(line, self.width, subsequent_indent=self.indent) for line in value.split("\n"))


@frozen(kw_only=True)
class Indent(Operation):
    """Put a prefix before each line that is not empty."""

    prefix: Annotated[str, Doc("The prefix.")] = "    "

    def apply(self, value: str, regex: Regex) -> str:
        """Indent."""
        refuse_longer_than_limit(len(value) + len(self.prefix) * (value.count("\n") + 1))
        return textwrap.indent(value, self.prefix)


@frozen(kw_only=True)
class Dedent(Operation):
    """Take away the white space that all lines begin with."""

    def apply(self, value: str, regex: Regex) -> str:
        """Dedent."""
        return textwrap.dedent(value)


@frozen(kw_only=True)
class Prefix(Operation):
    """Put a text before."""

    text: str

    def apply(self, value: str, regex: Regex) -> str:
        """Put before."""
        return self.text + value


@frozen(kw_only=True)
class Suffix(Operation):
    """Put a text behind."""

    text: str

    def apply(self, value: str, regex: Regex) -> str:
        """Put behind."""
        return value + self.text


@frozen(kw_only=True)
class Reverse(Operation):
    """Turn round the characters of a text or the items of a list."""

    wants: ClassVar[str] = "any"

    def apply(self, value: Any, regex: Regex) -> Any:
        """Turn round."""
        return value[::-1] if isinstance(value, list) else str(value)[::-1]


SHAPE: Mapping[str, type[Operation]] = {
    "trim": Trim,
    "trim_start": TrimStart,
    "trim_end": TrimEnd,
    "collapse": Collapse,
    "slice": Slice,
    "truncate": Truncate,
    "pad": Pad,
    "pad_left": PadLeft,
    "pad_right": Pad,
    "center": Center,
    "repeat": Repeat,
    "wrap": Wrap,
    "indent": Indent,
    "dedent": Dedent,
    "prefix": Prefix,
    "suffix": Suffix,
    "reverse": Reverse,
}
