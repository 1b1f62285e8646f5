r"""Cut a template into texts and tags, and settle which white space between them is printed.

The rules are those of Handlebars 4.7: `{{~x~}}` removes white space on its side, a block tag or comment alone on its
line takes the line with it, `\{{` prints braces, and a backslash before that prints a backslash.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from llmspell.services.template_nodes import fault

_OPEN = re.compile(r"(\\*)\{\{(~?)(\{|&|!--|!|#|/|\^)?")
_LEFT_OF_LINE = re.compile(r"(?:\A|(?<=\n))[ \t]*\Z")
_RIGHT_OF_LINE = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_SEGMENT = r"""(?:[^\s!"#%-,./;->@\[-^`{-~]+|\[[^\]]*\])"""
_WORD = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?(?=[\s)}~=|]))
      | (?P<path>@?(?:\.\./)*(?:\./)?(?:\.\.|\.(?=[\s)}~])|SEGMENT)(?:[./]SEGMENT)*)
      | (?P<mark>[()|=])""".replace("SEGMENT", _SEGMENT),
    re.VERBOSE | re.DOTALL,
)


class Word(NamedTuple):
    """One word within a tag: kind is string, number, path or mark."""

    kind: str
    text: str
    at: int


class Tag(NamedTuple):
    """One tag: sigil is "", `{`, `&`, `#`, `/`, `^` or `!`; words are empty for a comment."""

    sigil: str
    words: tuple[Word, ...]
    at: int
    trim_left: bool
    trim_right: bool

    @property
    def is_else(self) -> bool:
        """Tell whether this is `{{else}}`, `{{else if x}}` or `{{^}}`."""
        return (self.sigil == "^" and not self.words) or (
            self.sigil == "" and bool(self.words) and self.words[0][:2] == ("path", "else")
        )

    @property
    def takes_line(self) -> bool:
        """Tell whether the tag prints nothing and so may take its whole line away."""
        return self.sigil in {"#", "/", "!"} or self.is_else


def lex(source: str) -> list[str | Tag]:
    r"""Cut a template into texts and tags; texts are what is printed. Raises `ValidationError` with the place."""
    items: list[str | Tag] = []
    text, position = "", 0
    while True:
        found = _OPEN.search(source, position)
        if found is None:
            items.append(text + source[position:])
            return _trimmed(items)
        slashes = found[1]
        text += source[position : found.start()]
        braces = found.start() + len(slashes)
        if len(slashes) == 1:
            text += "{{"
            position = braces + 2
            continue
        text += slashes[:-1] if slashes else ""
        tag, position = _tag(source, found, braces)
        items += [text, tag]
        text = ""


def _tag(source: str, found: re.Match[str], at: int) -> tuple[Tag, int]:
    sigil, position = found[3] or "", found.end()
    if sigil.startswith("!"):
        closing = re.compile(r"--(~?)\}\}" if sigil == "!--" else r"(~?)\}\}").search(source, position)
        if closing is None:
            raise fault(source, at, "the comment is not closed")
        return Tag("!", (), at, bool(found[2]), bool(closing[1])), closing.end()
    closing_of = re.compile(r"\}(~?)\}\}" if sigil == "{" else r"(~?)\}\}")
    words: list[Word] = []
    while (closing := closing_of.match(source, position)) is None:
        word = _WORD.match(source, position)
        if word is None:
            raise _unreadable(source, position, at)
        if word.lastgroup != "space":
            words.append(Word(word.lastgroup or "", word[0], position))
        before = words[-2] if len(words) > 1 else None
        if word[0] == "(" and before and before.kind == "path" and before.at + len(before.text) == position:
            raise _called(source, before)
        position = word.end()
    return Tag(sigil, tuple(words), at, bool(found[2]), bool(closing[1])), closing.end()


def _unreadable(source: str, position: int, at: int) -> Exception:
    if "}}" not in source[position:]:
        return fault(source, at, "the tag is not closed", ["Write }} after it, or \\{{ to print the braces."])
    return fault(source, position, f"{source[position]!r} cannot stand here")


def _called(source: str, word: Word) -> Exception:
    head, _, last = word.text.rpartition(".")
    helper = {"toUpperCase": "upper", "toLowerCase": "lower", "length": "len"}.get(last, last)
    advice = f"Write {{{{{helper} {head}}}}}." if head else "Write the helper's name, a space and its arguments."
    return fault(source, word.at, f"{word.text}(...) is not how a helper is called", [advice])


def _trimmed(items: list[str | Tag]) -> list[str | Tag]:
    """Take away the white space that tags claim; items alternate text, tag, text, ..., text."""
    texts = [item for item in items if isinstance(item, str)]
    starts, ends = [0] * len(texts), [len(text) for text in texts]
    for number, tag in enumerate(item for item in items if isinstance(item, Tag)):
        left, right = texts[number], texts[number + 1]
        if tag.takes_line and _alone(left, right, first=number == 0, last=number + 2 == len(texts)):
            ends[number] = min(ends[number], len(left.rstrip(" \t")))
            line = _RIGHT_OF_LINE.match(right)
            starts[number + 1] = max(starts[number + 1], line.end() if line else 0)
        if tag.trim_left:
            ends[number] = min(ends[number], len(left.rstrip()))
        if tag.trim_right:
            starts[number + 1] = len(right) - len(right.lstrip())
    for number, text in enumerate(texts):
        items[2 * number] = text[starts[number] : max(starts[number], ends[number])]
    return items


def _alone(left: str, right: str, *, first: bool, last: bool) -> bool:
    on_left = _LEFT_OF_LINE.search(left)
    on_right = _RIGHT_OF_LINE.match(right)
    if on_left is None or on_right is None:
        return False
    begins = on_left.start() > 0 or first
    ends = on_right[0].endswith("\n") or last
    return begins and ends
