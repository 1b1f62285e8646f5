"""Regular expressions in linear time: RE2, which has neither look-around nor back-references."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from llmspell.errors import ValidationError

MAX_PATTERN = 10_000
"""Characters; a longer pattern is a mistake or an attack."""


class RegexService:
    """Compile patterns that may come from anywhere; compiled ones are remembered."""

    __slots__ = ()

    def compile(self, pattern: str, *, ignore_case: bool = False, multiline: bool = False, dotall: bool = False) -> Any:
        """Return an object with the methods of a pattern of `re`; raises `ValidationError` for a bad pattern."""
        if len(pattern) > MAX_PATTERN:
            raise ValidationError(f"the pattern has {len(pattern)} characters, more than {MAX_PATTERN}")
        return _compile(pattern, ignore_case, multiline, dotall)


@lru_cache(maxsize=256)
def _compile(pattern: str, ignore_case: bool, multiline: bool, dotall: bool) -> Any:  # noqa: FBT001 - keys of the cache
    import re2  # noqa: PLC0415 - a native library, loaded by the first pattern

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    flags = ("m" if multiline else "") + ("s" if dotall else "")
    try:
        return re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValidationError(
            f"{pattern!r} is no regular expression: {_reason(error)}",
            suggestions=("Patterns are RE2's: look-around and back-references do not exist.",),
            context={"faults": [{"path": "pattern", "message": _reason(error)}]},
        ) from error


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else error
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
