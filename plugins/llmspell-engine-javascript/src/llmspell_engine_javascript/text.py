"""Texts as JavaScript reads them: JSON for V8's parser, and literals of a script."""

from __future__ import annotations

import json
import re

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode
_ESCAPED_KEY = re.compile(r'([{,])"(\\(?:u[0-9a-f]{4}|.)":)')


def dumps(value: object) -> str:
    r"""Write a value as JSON, a key of one character that needs an escape as a key that begins with `$`.

    V8's parser takes such a key for a backslash where a map before had that one (`{"\\": 1}`, then `{"\n": 1}`; seen in
    14.4). A `$` in front of a key is what the wire has for keys of users that look like its own. Raises `ValueError`,
    `TypeError` and `RecursionError` for what is no JSON.
    """
    text = _encode(value)
    return _ESCAPED_KEY.sub(r'\1"$\2', text) if '"\\' in text else text


def literal(text: str) -> str:
    """Write a text as JavaScript reads it."""
    quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{quoted}'"
