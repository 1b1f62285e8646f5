"""Show foreign text to a person so that every character of it can be seen and none does anything."""

from __future__ import annotations

_SIGNS = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BLANK = frozenset("\u00a0\u2800\u3164\uffa0\u115f\u1160")
"""Letters and spaces that look like nothing."""


def escaped(text: str) -> str:
    """Escape quotes, backslashes, and what is no visible character: control, direction, joining, odd spaces."""
    return "".join(_SIGNS.get(c) or (c if _plain(c) else f"\\u{{{ord(c):x}}}") for c in text)


def visible(text: str) -> str:
    """Escape what a terminal would obey, and nothing else: what a server or a model said is not to be trusted."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def _plain(character: str) -> bool:
    """Tell whether a character shows as itself, and stays where it is."""
    if " " <= character <= "~":
        return True
    import unicodedata  # noqa: PLC0415 - only text beyond ASCII pays for the tables

    return character.isprintable() and character not in _BLANK and not unicodedata.combining(character)
