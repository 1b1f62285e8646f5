"""Errors as data, and data as errors: the form in which they cross into a script or are kept in a record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from llmspell.errors.root import LlmspellError, error_types
from llmspell.errors.scripts import ScriptRuntimeError


def error_from_data(data: object) -> LlmspellError:
    """Make the exception that data mean; an unfamiliar one is a `ScriptRuntimeError` of its type.

    The data are those of `LlmspellError.to_dict`, or what a script made of them, and may have `stack` and `value` (the
    table that a script threw).
    """
    fields: Mapping[str, object] = data if isinstance(data, Mapping) else {"message": str(data)}
    exact, named = _classes()
    name, code = fields.get("type"), fields.get("code")
    name = name.removesuffix("_error") if isinstance(name, str) else "runtime"
    kind = exact.get((name, code)) if isinstance(code, int) else named.get(name)
    error = LlmspellError.__new__(kind or ScriptRuntimeError)
    LlmspellError.__init__(
        error,
        _text(fields.get("message")) or "the script raised an error without a message",
        suggestions=[_text(one) or "" for one in _items(fields.get("suggestions"))],
        context=_context(fields),
        where=_text(fields.get("where")),
        trace_id=_text(fields.get("trace_id")),
        retry_after=_number(fields.get("retry_after")),
    )
    error.stack = _text(fields.get("stack"))
    error.recoverable = bool(fields.get("recoverable", error.recoverable))
    error.retryable = bool(fields.get("retryable", error.retryable))
    if kind is None:
        error.type = name  # type: ignore[misc]  # a type of the script's own, kept for whoever catches the error
    return error


@cache
def _classes() -> tuple[dict[tuple[str, int], type[LlmspellError]], dict[str, type[LlmspellError]]]:
    """Index the tree by type and code, and by the types that scripts raise by themselves."""
    tree = [kind for kind in error_types() if kind is not LlmspellError]
    exact = {(kind.type, kind.code): kind for kind in reversed(tree)}
    named: dict[str, type[LlmspellError]] = {}
    for kind in tree:
        named.setdefault(kind.type, kind)
    return exact, named


def _context(fields: Mapping[str, object]) -> dict[str, object]:
    given = fields.get("context")
    context = dict(given) if isinstance(given, Mapping) else {}
    if fields.get("value") is not None:
        context["value"] = fields["value"]
    return context


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
