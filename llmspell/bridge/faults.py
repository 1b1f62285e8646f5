"""Errors across the bridge: the exception tree as data for scripts, and data from scripts as the exception tree."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llmspell.errors import InternalError, LlmspellError, ScriptRuntimeError
from llmspell.errors.data import error_from_data
from llmspell.spec.wire import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.spec.wire import Message

RUN_STATE = "run_state"
"""Where in an error's context a script finds the run of an agent that the error ended."""

log = logging.getLogger("llmspell.bridge")


def as_llmspell_error(error: BaseException) -> LlmspellError:
    """Give an error of the tree as it is, anything else as an `InternalError` that shows neither frames nor paths."""
    if isinstance(error, LlmspellError):
        return error
    log.error("an internal error reached a script", exc_info=error)
    message = f"llmspell met an internal error ({type(error).__name__})"
    wrapped = InternalError(message, suggestions=["run again with --verbose and report what it prints"])
    wrapped.__cause__ = error
    return wrapped


def to_wire(error: BaseException) -> dict[str, object]:
    """Give the JSON form of an error that a script receives; see spec/wire.py for its fields."""
    known = as_llmspell_error(error)
    data = {**known.to_dict(), "stack": known.stack}
    if isinstance(known, ScriptRuntimeError) and "value" in known.context:
        data["value"] = known.context["value"]  # a table the script threw comes back to it whole
    if known.run_state is not None:
        data["context"] = {**known.context, RUN_STATE: _run_state(known.run_state)}
    return data


def _run_state(state: object) -> object:
    """Write the run of an agent that an error ended as the text from which a script resumes it."""
    if isinstance(state, str):
        return state
    import json  # noqa: PLC0415 - paid by a failed run of an agent

    from llmspell.model.run_json import to_json  # noqa: PLC0415

    return json.dumps(to_json(state), ensure_ascii=False)  # type: ignore[arg-type]  # the loop puts nothing else there


def from_wire(data: object) -> LlmspellError:
    """Make the exception that an error from a script means; an unfamiliar one is a `ScriptRuntimeError` of its type."""
    error = error_from_data(data)
    error.run_state = error.context.pop(RUN_STATE, None)  # as text, and nowhere else: it may be long
    return error


async def isolated(work: Awaitable[None], name: str) -> None:
    """Await work whose failure is nobody else's: most often it only could not tell an engine that has died."""
    try:
        await work
    except Exception as error:  # one failed task would cancel the whole group
        log.warning("%s failed: %s", name, error, exc_info=not isinstance(error, LlmspellError))


def encoded_or_text(encode_value: Callable[[object], object], value: object) -> object:
    """Encode a part of an error; what cannot cross is told as text, because the error itself must arrive."""
    try:
        return encode_value(value)
    except LlmspellError:
        return repr(value)[:1000]


def check_hello(answer: Message) -> None:
    """Raise what an engine answered to the first message, unless it is ready; `ScriptRuntimeError` for another wire."""
    if answer.get("t") != "hello" or answer.get("ok") is False:
        raise error_from_data(answer.get("error"))
    if answer.get("v", VERSION) != VERSION:
        message = f"the engine speaks version {answer.get('v')} of the wire protocol, wanted {VERSION}"
        raise ScriptRuntimeError(message, suggestions=["install an engine of the same release as llmspell"])
