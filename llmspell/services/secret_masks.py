"""Mask secrets in what is no plain text: JSON data, and errors with all they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from collections.abc import Callable

    Mask = Callable[[str], str]

_DEEP: Final = 64
_LONG: Final = 32
"""Errors of a chain that are looked at; longer ones are a loop."""


def mask_data(value: Any, mask: Mask, depth: int = 0) -> Any:
    """Give JSON data with its texts masked; what holds no secret is given back itself, what is no JSON untouched."""
    if isinstance(value, str):
        masked = mask(value)
        return value if masked == value else masked
    if depth > _DEEP:
        return value
    if isinstance(value, Mapping):
        made = {mask_data(key, mask): mask_data(one, mask, depth + 1) for key, one in value.items()}
        return made if _differ(made.items(), value.items()) else value
    if isinstance(value, (list, tuple)):
        items = [mask_data(one, mask, depth + 1) for one in value]
        if not _differ(items, value):
            return value
        return items if isinstance(value, list) else tuple(items)
    return value


def _differ(made: Any, given: Any) -> bool:
    """Tell whether anything was made anew; what was not is the very same object."""
    for new, old in zip(made, given, strict=True):
        pairs = zip(new, old, strict=True) if isinstance(new, tuple) and isinstance(old, tuple) else ((new, old),)
        if any(one is not other for one, other in pairs):
            return True
    return False


def mask_error(error: BaseException, mask: Mask) -> None:
    """Mask an error in place, with all that caused it, so that whoever meets it later shows no secret."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(seen) < _LONG:
        one = waiting.pop()
        if one is None or any(one is other for other in seen):
            continue
        seen.append(one)
        _mask_one(one, mask)
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def _mask_one(error: BaseException, mask: Mask) -> None:
    args = mask_data(error.args, mask)
    if args is not error.args:
        error.args = args
    notes = getattr(error, "__notes__", None)
    if notes:
        error.__notes__ = mask_data(notes, mask)
    if isinstance(error, LlmspellError):
        error.message = mask(error.message)
        error.suggestions = mask_data(error.suggestions, mask)
        error.context = mask_data(error.context, mask)
        for name in ("where", "stack"):
            text = getattr(error, name)
            if isinstance(text, str):
                setattr(error, name, mask(text))
