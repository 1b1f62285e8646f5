"""Calls, results and errors as JSON for the journal, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import ConversionError, InternalError, LlmspellError
from llmspell.errors.data import error_from_data
from llmspell.runtime.journal.texts import digest
from llmspell.runtime.journal.values import Writer, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.call import Call

    Mask = Callable[[str], str]

__all__ = ["digest", "error_json", "error_of", "input_json", "result_json", "result_of", "told"]


def input_json(call: Call, mask: Mask | None = None) -> object:
    """Write what an operation works on; of what has no form in JSON the type is told, for it is never read back."""
    return Writer(mask, strict=False).write(call.input, "input")


def result_json(call: Call, result: object, mask: Mask | None = None) -> object:
    """Write what an operation gave; raises `ConversionError` that names whose result it is, and the place in it."""
    try:
        return Writer(mask).write(result, "result")
    except ConversionError as error:
        what = call.operation.partition("_")[0]
        message = f"{what} {call.subject!r} gave what a durable run cannot keep: {error.message}"
        context = {**error.context, "operation": call.operation, "subject": call.subject}
        suggestions = error.suggestions or ("return text, numbers, truth values, bytes, dates, lists and maps",)
        raise ConversionError(message, suggestions=suggestions, context=context) from None


def result_of(call: Call, data: object) -> object:
    """Read what an operation gave; raises `ConversionError` for what none gave."""
    result = read(data)
    return tuple(result) if call.operation == "provider_call" and isinstance(result, list) else result


def told(call: Call, data: object, result: object) -> object:
    """Give what an operation gave; of a tool, or a step of a program, as it will be told again: a set as a list."""
    return result_of(call, data) if call.operation == "tool_execution" or "told" in call.metadata else result


def error_json(error: BaseException, mask: Mask | None = None) -> dict[str, object]:
    """Write an error; one that is not ours is an `InternalError` that tells its type and message."""
    if isinstance(error, LlmspellError):
        data = {**error.to_dict(), "stack": error.stack}
        if error.run_state is not None:
            data["run_state"] = _run_state(error.run_state)
    else:
        data = InternalError(f"{type(error).__name__}: {error}").to_dict()
    written = cast("dict[str, object]", Writer(mask, strict=False).write(data, "error"))
    return {key: one for key, one in written.items() if one not in (None, [], {})}


def error_of(data: object) -> LlmspellError:
    """Make the error again, of the very class it had."""
    fields: dict[str, Any] = read(data)
    error = error_from_data(fields)
    state = fields.get("run_state")
    if isinstance(state, dict):
        from llmspell.model.run_json import from_json  # noqa: PLC0415 - paid by a failed run of an agent

        error.run_state = from_json(state)
    elif state is not None:
        error.run_state = state
    return error


def _run_state(state: object) -> object:
    """Write the run of an agent that an error ended: text as it is, a state as its JSON data."""
    if isinstance(state, str):
        return state
    from llmspell.model.run_json import to_json  # noqa: PLC0415 - paid by a failed run of an agent

    return to_json(state)  # type: ignore[arg-type]  # the loop puts nothing else there
