"""What a record says of values: short, without secrets, and with a digest where the value itself is not repeated."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 1000
"""Characters of one text that are repeated; the digest tells of the rest."""

MOST = 50
"""Members of a map or a list that are repeated."""

DEEPEST = 6

_SECRET = re.compile(r"key|token|passw|passphrase|secret|authorization|cookie|credential", re.IGNORECASE)
"""Names whose values are never repeated, whether they are known as secrets or not."""


def shown(value: object, mask: Callable[[str], str], depth: int = 0) -> Any:
    """Give JSON data that stands for a value: texts masked and cut, what is no JSON named by its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return value if value is None or math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _cut(mask(value))
    if depth >= DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        pairs = list(value.items())
        made = {_cut(mask(str(key))): _named(str(key), one, mask, depth + 1) for key, one in pairs[:MOST]}
        return made if len(pairs) <= MOST else {**made, "...": len(pairs) - MOST}
    if isinstance(value, (list, tuple)):
        items = [shown(one, mask, depth + 1) for one in value[:MOST]]
        return items if len(value) <= MOST else [*items, f"... {len(value) - MOST} more"]
    return f"<{type(value).__name__} of {len(value)}>" if isinstance(value, bytes) else f"<{type(value).__name__}>"


def _named(name: str, value: object, mask: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, (str, bytes)) and _SECRET.search(name):
        return f"<{len(value)} characters>"
    return shown(value, mask, depth)


def fingerprint(value: object) -> str:
    """Give the digest of a value, so that two records can be told to speak of the same one."""
    try:
        data = json.dumps(value, sort_keys=True, default=repr).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError):
        data = repr(value).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... {len(text) - LONGEST} more characters"
