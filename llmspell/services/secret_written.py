"""An expression that finds a text however often it was escaped: for JSON, Python, URLs, forms, HTML, one in another.

Letters and digits are written as they are everywhere; any other character is a choice of ways. How often something is
repeated in a way is bounded, and what was read of it is not given back, so that no text makes the search slow.
"""

from __future__ import annotations

import re
from html.entities import codepoint2name

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]")
_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_PERCENT = "%(?:25){0,8}"
_END = f"(?:;|{_PERCENT}3[bB])"
_NUMBER = f"(?:#|{_PERCENT}23)"
_AMPERSAND = rf"(?:&|{_PERCENT}26|\\{{1,63}}+u0026)(?:amp{_END}){{0,8}}"
_BACKSLASH = rf"(?:\\|{_PERCENT}5[cC]|{_AMPERSAND}(?:{_NUMBER}(?:0{{0,8}}92|[xX]0{{0,8}}5[cC])|bsol){_END})"
_ESCAPES = _BACKSLASH + "{1,63}+"
"""What stands before an escaped character: JSON in JSON in JSON in JSON has fifteen of them."""

_SIGNS = {"%": "%(?:25){0,8}", "&": _AMPERSAND}
"""Signs that are themselves escaped, once for each time."""


def written(text: str) -> str:
    """Give the expression."""
    parts = []
    for before, one in zip(("", *text), text, strict=False):
        if _PLAIN.fullmatch(one):
            parts.append(re.escape(one))
        elif one != "\\":
            parts.append(_one(one, before))
        elif before != "\\":  # several of them are one part
            parts.append(_ESCAPES if before else _BACKSLASH)
    return "".join(parts)


def _one(one: str, before: str) -> str:
    """Give the ways in which a character may be written that is none of the plain ones.

    Of escapes before the first character some may stay where they are; a backslash before this one has taken all.
    """
    ways = [_SIGNS.get(one) or re.escape(one), _percent(one), *_entities(one)]
    if one == " ":
        ways += [r"\+", f"{_PERCENT}2[bB]"]
    letters = "|".join(_letters(one))
    if before == "\\":
        return f"(?:{letters}|{'|'.join(ways)})"
    escaped = f"{_ESCAPES}(?:{'|'.join([letters, *ways] if before else [letters])})"
    return f"(?:{escaped}|{'|'.join(ways)})"


def _letters(one: str) -> list[str]:
    """Give what may stand after a backslash for a character."""
    units = one.encode("utf-16-be", "surrogatepass")
    found = [_ESCAPES.join("u" + _any_case(units[at : at + 2].hex()) for at in range(0, len(units), 2))]
    found.append("U" + _any_case(f"{ord(one):08x}"))
    if ord(one) < 1 << 8:
        found.append("x" + _any_case(f"{ord(one):02x}"))
    return [*found, _SHORT[one]] if one in _SHORT else found


def _percent(one: str) -> str:
    """Give the bytes of a character as URLs write them, whose percent sign may have been quoted again."""
    data = one.encode("utf-8", "surrogatepass")
    return "".join(_PERCENT + _any_case(f"{byte:02x}") for byte in data)


def _entities(one: str) -> list[str]:
    code = ord(one)
    number = f"{_NUMBER}(?:0{{0,8}}{code}|[xX]0{{0,8}}{_any_case(f'{code:x}')})"
    named = f"|{codepoint2name[code]}" if code in codepoint2name else ""
    return [f"{_AMPERSAND}(?:{number}{named}){_END}"]


def _any_case(digits: str) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits)
