"""From bytes to text: byte order marks, UTF-8, and a guess for what is older."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from llmspell.errors import ToolExecutionError, ValidationError
from llmspell_tools_files.text.endings import EndingCounter

SAMPLE = 1 << 16
"""Bytes looked at for a guess."""

# The longer marks first: that of UTF-32-LE begins with that of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MARKS = tuple(mark for mark, _ in _MARKS)
MARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""Codecs that write a mark by themselves, and what they write after it."""

_OF_HOST_NAMES = frozenset({"idna", "punycode", "undefined"})
"""Codecs that count as text encodings, but of host names, or of nothing: they know no lines and no error handlers."""


_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
"""Bytes that no text in cp1252 holds: control characters but white space and escape, and what it does not define."""

OLDER = (
    *("euc_jp", "gb18030", "big5", "euc_kr"),
    *("cp1252", "cp1251", "koi8_r", "cp932", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
)
"""Encodings that a text without a mark is guessed to be in, those first which win when a text is too short to tell.

Those of several bytes for each letter fit few texts by accident, but for cp932, which has letters of one byte, too.
UTF-16 is none of them: nearly every text of an even length fits it.
"""


class Encoding(NamedTuple):
    """How a file's text is written: a codec, and the byte order mark before it (empty without one)."""

    codec: str
    mark: bytes = b""


def codec_name(name: str) -> str:
    """Give a text encoding's usual name, or raise `ValidationError`."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        info = None
    # `rot13` and `hex` are codecs too, but of text to text and bytes to bytes.
    if info is None or not getattr(info, "_is_text_encoding", True) or info.name in _OF_HOST_NAMES:
        raise ValidationError(
            f"{name!r} is not a text encoding",
            suggestions=["Use a name such as 'utf-8', 'latin-1', 'cp1252', 'shift_jis', or 'auto' for reading."],
        )
    return info.name


def named(name: str, head: bytes) -> Encoding:
    """Give the encoding a caller names, with the mark that a file's first bytes have of it.

    Raises `ValidationError` for what is no encoding.
    """
    codec = codec_name(name)
    for mark, marked in _MARKS:
        if head.startswith(mark) and codec in (marked, marked.removesuffix("-le").removesuffix("-be"), f"{marked}-sig"):
            return Encoding(marked, mark)
    # Python's `utf-16` insists on a mark when it reads piece by piece; without one it means the machine's order.
    return Encoding(MARKED.get(codec, codec))


def mark_of(codec: str) -> bytes:
    """Give the byte order mark of a codec, empty when it has none."""
    return next((mark for mark, marked in _MARKS if marked == codec), b"")


def detect(head: bytes, *, whole: bool, path: str) -> Encoding | None:
    """Find the encoding of a text from its first bytes; `whole` says that they are all there are.

    None when it is neither marked nor UTF-8: then `guess` is worth its time. Raises `ToolExecutionError` for a file
    that is no text.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, mark)
    if is_binary(head):
        raise not_text(path)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, whole)
    except UnicodeDecodeError:
        return None
    return Encoding("utf-8")


def is_binary(head: bytes) -> bool:
    """Tell whether bytes without a mark are no text: no text of one byte a letter, and no UTF-8, holds a NUL."""
    return b"\0" in head[:SAMPLE]


def not_text(path: str) -> ToolExecutionError:
    """Say that a file is no text, and how to read it all the same."""
    return ToolExecutionError(
        f"{path!r} is a binary file, not text",
        suggestions=["Read it with mode='binary' to get base64.", "Name its encoding if it is text after all."],
        context={"path": path},
    )


def decode(data: bytes, encoding: Encoding, *, errors: str, path: str) -> str:
    """Decode a whole text without its mark; bytes that do not fit: `ToolExecutionError` when `errors` is strict."""
    try:
        return data.removeprefix(encoding.mark).decode(encoding.codec, errors)
    except UnicodeDecodeError as error:
        raise misfit(path, encoding.codec, error.start + len(encoding.mark)) from error


def misfit(path: str, codec: str, position: int) -> ToolExecutionError:
    """Say at which byte a text does not fit its encoding."""
    return ToolExecutionError(
        f"{path!r} is not valid {codec}: byte {position} does not fit",
        suggestions=["Use encoding='auto', name another encoding, or errors='replace'."],
        context={"path": path, "encoding": codec, "position": position},
    )


def guess(sample: bytes, path: str) -> Encoding:
    """Guess an older encoding from its letters' frequencies; takes up to some 100 ms, so ask in a thread.

    Where several are as likely, as in a text of few words, the first of `OLDER` wins. Raises `ToolExecutionError` for
    what is no text.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only text in an older encoding pays for its tables

    matches = from_bytes(sample, cp_isolation=list(OLDER))
    best = matches.best()
    if best is None:
        # Its measure of disorder takes some short texts for noise: in Finnish, `ä` comes twice in a row.
        if _CONTROLS.search(sample):
            raise not_text(path)
        return Encoding("cp1252")
    equals = (match for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence))
    fitting = {name for match in equals for name in match.could_be_from_charset}
    return Encoding(codecs.lookup(next((name for name in OLDER if name in fitting), best.encoding)).name)


def guessed(sample: bytes, path: str) -> Encoding | None:
    """Guess as `guess` does; None for what is no text."""
    try:
        return guess(sample, path)
    except ToolExecutionError:
        return None


def newline_of(text: str) -> str | None:
    """Name the line ending of a text: `lf`, `crlf`, `cr`, `mixed`, or None without any."""
    counter = EndingCounter()
    counter.feed(text)
    return counter.style
