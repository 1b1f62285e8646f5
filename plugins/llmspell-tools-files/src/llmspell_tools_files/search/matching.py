"""Find lines in texts; runs in a thread, on a batch of files at a time."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell_tools_files.search.trigrams import build, fold, hashes
from llmspell_tools_files.text import encodings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_SHOWN = 500
"""Characters of a line that are shown; of a longer one, those around the find."""


class Text(NamedTuple):
    """A file's bytes, the path to report, and whether the filter of the text is wanted for the index."""

    path: str
    data: bytes
    filtered: bool = False


class Found(NamedTuple):
    """What one file holds: the number of matching lines, and those that are shown.

    skipped   why the file was not searched: `binary`, `large`, `unreadable`; empty when it was
    reason    what the system said of an unreadable file
    bits      the filter of the text, when it was wanted
    """

    path: str
    total: int = 0
    matches: Sequence[dict[str, Any]] = ()
    skipped: str = ""
    reason: str = ""
    bits: bytes = b""


class Request(NamedTuple):
    """How to search: `find` gives (start, end) of the first find in a line, or None.

    `quick` tells of a whole text whether it is worth looking at its lines.
    """

    find: Callable[[str], tuple[int, int] | None]
    quick: Callable[[str], bool]
    before: int
    after: int
    per_file: int
    show: bool


def literal(query: str, *, ignore_case: bool) -> Callable[[str], tuple[int, int] | None]:
    """Search for a text as it stands."""
    needle = query.lower() if ignore_case else query

    def find(line: str) -> tuple[int, int] | None:
        searched = line.lower() if ignore_case else line
        at = searched.find(needle)
        if at < 0:
            return None
        span = (at, at + len(needle))
        return span if len(searched) == len(line) else _before_lower(line, span)

    return find


def _before_lower(line: str, span: tuple[int, int]) -> tuple[int, int]:
    """Give where a part of `line.lower()` stands in `line`: a few letters (U+0130) become two."""
    start = end = position = 0
    for index, letter in enumerate(line):
        if position <= span[0]:
            start = index
        if position < span[1]:
            end = index + 1
        position += len(letter.lower())
    return start, end


def pattern(compiled: Any) -> Callable[[str], tuple[int, int] | None]:
    """Search for a compiled regular expression."""

    def find(line: str) -> tuple[int, int] | None:
        match = compiled.search(line)
        return None if match is None else (match.start(), match.end())

    return find


def anything(_text: str) -> bool:
    """Look at the lines of every text."""
    return True


def search_batch(texts: list[Text], request: Request) -> list[Found]:
    """Search several files."""
    return [_search(text, request) for text in texts]


def _search(text: Text, request: Request) -> Found:
    decoded = _decode(text)
    if decoded is None:
        return Found(text.path, skipped="binary")
    bits = build(hashes(fold(decoded))) if text.filtered else b""
    if not request.quick(decoded):
        return Found(text.path, bits=bits)
    lines = decoded.split("\n")
    matches: list[dict[str, Any]] = []
    count = 0
    for index, line in enumerate(lines):
        span = request.find(line)
        if span is None:
            continue
        count += 1
        if request.show and len(matches) < request.per_file:
            matches.append(_match(text.path, lines, index, span, request))
    return Found(text.path, count, matches, bits=bits)


def _decode(text: Text) -> str | None:
    """Decode what is text; bytes that are not UTF-8 become replacement marks, which is good enough to search."""
    data = text.data
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace")
    return None if encodings.is_binary(data) else data.decode("utf-8", "replace")


def _match(path: str, lines: list[str], index: int, span: tuple[int, int], request: Request) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": path,
        "line": index + 1,
        "column": span[0] + 1,
        "text": _shown(lines[index], span[0]),
        "match": lines[index][span[0] : min(span[1], span[0] + MAX_SHOWN)],
    }
    if request.before:
        told["before"] = [_shown(line) for line in lines[max(index - request.before, 0) : index]]
    if request.after:
        told["after"] = [_shown(line) for line in _after(lines, index, request.after)]
    return told


def _after(lines: list[str], index: int, count: int) -> Iterator[str]:
    following = lines[index + 1 : index + 1 + count]
    if index + 1 + len(following) == len(lines) and following and not following[-1]:
        following = following[:-1]  # what comes after the last line ending is no line
    return iter(following)


def _shown(line: str, around: int = 0) -> str:
    line = line.rstrip("\r")
    if len(line) <= MAX_SHOWN:
        return line
    start = max(0, min(around - MAX_SHOWN // 4, len(line) - MAX_SHOWN))
    return ("…" if start else "") + line[start : start + MAX_SHOWN] + ("…" if start + MAX_SHOWN < len(line) else "")
