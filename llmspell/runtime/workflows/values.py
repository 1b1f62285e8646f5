"""What templates and functions of a workflow are told, and what mappings and conditions make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, WorkflowConditionError
from llmspell.runtime.workflows.places import called
from llmspell.services.template_helpers import truthy
from llmspell.spec.recovery import FINAL

if TYPE_CHECKING:
    from llmspell.model.workflow import Values
    from llmspell.runtime.context import CallContext

OWN = ("input", "previous", "steps")
"""Names that no output may have."""

FALSE = frozenset({"", "false", "no", "0"})
"""What a template says that is a condition which does not hold."""


def first_values(given: object, outer: Values | None = None) -> dict[str, object]:
    """Give what is known at the beginning: the input, its keys on top, and what an outer workflow knows."""
    known: dict[str, object] = dict(outer or ())
    if isinstance(given, Mapping):
        known |= given
    known["input"] = given
    known["previous"] = given
    known["steps"] = {}
    return known


async def asked(ctx: CallContext, what: object, values: Values) -> object:
    """Give the value of a mapping: render a value, or call a function.

    Raises `ValidationError` for a name that is not there, with the nearest ones, and what the function raises.
    """
    if callable(what):
        return await called(ctx, what, values)
    return ctx.app.services.templates.render_value(what, values, strict=True)


async def holds(ctx: CallContext, what: object, values: Values) -> bool:
    """Tell whether a condition holds.

    Raises `WorkflowConditionError` when it fails or says neither yes nor no; a decision (no right) stays what it is.
    """
    try:
        said = await asked(ctx, what, values)
    except LlmspellError as error:
        if error.type in FINAL:
            raise
        message = f"a condition failed: {error.message}"
        raise WorkflowConditionError(message, suggestions=error.suggestions, context=error.context) from error
    return truth(said, what)


def truth(said: object, what: object = None) -> bool:
    """Read the answer of a condition: true, false or nothing; of a template also what counts as true in one.

    There `false`, `no` and `0` are false as text, too: an agent may have said them.
    """
    if said is None or isinstance(said, bool):
        return bool(said)
    if isinstance(what, str):
        return truthy(said) and not (isinstance(said, str) and said.strip().lower() in FALSE)
    raise WorkflowConditionError(
        f"a condition gave {said!r:.60}, which is neither true nor false",
        suggestions=["compare it with something and return that"],
    )


def shown(value: object) -> str:
    """Write a value as text for an agent: text as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    import json  # noqa: PLC0415 - few agents are given data

    return json.dumps(value, ensure_ascii=False)


def described(error: Exception) -> dict[str, Any]:
    """Give an error as JSON data."""
    from llmspell.runtime.ops import describe  # noqa: PLC0415 - paid by failures

    return describe(error)
