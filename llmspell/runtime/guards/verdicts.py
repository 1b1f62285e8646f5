"""Ask guards, and understand what they say; one that fails or says what nobody understands lets nothing pass."""

from __future__ import annotations

import asyncio
import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING

from llmspell.errors import GuardrailError, HookError, HookTimeoutError
from llmspell.model.decision import Refuse
from llmspell.model.guard import Replace, Trip
from llmspell.runtime.journal.timers import bounded

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from llmspell.model.guard import Checked, Guard, Stage
    from llmspell.runtime.context import CallContext

NOTES: ContextVar[list[dict[str, object]] | None] = ContextVar("llmspell_guard_notes", default=None)
"""What the guards of the run at hand have changed."""

PLACE: ContextVar[CallContext | None] = ContextVar("llmspell_guard_place", default=None)
"""The place of the guards of the run at hand: what it does otherwise is counted apart from them."""


async def verdict(guard: Guard, checked: Checked) -> Replace | Refuse | None:
    """Ask one guard. Raises `GuardrailError` when it stops the run, `HookError` for a verdict that is none."""
    said = guard.check(checked)
    if inspect.isawaitable(said):
        said = await _in_time(guard, said)
    if said is None or said is True:
        return None
    if said is False:
        said = Trip()
    if isinstance(said, Trip):
        raise tripped(guard, checked, said.reason)
    refusable = checked.stage == "tool" and not checked.ran
    if isinstance(said, Replace) or (isinstance(said, Refuse) and refusable):
        return said
    wanted = "nothing, True, False, Trip or Replace" + (", or Refuse" if refusable else "")
    message = f"guard {named(guard)!r} said {said!r}, wanted {wanted}"
    raise HookError(message, context={"guard": named(guard), "stage": checked.stage, "agent": checked.agent})


async def _in_time(guard: Guard, asked: Awaitable[object]) -> object:
    place = PLACE.get()
    timer = asyncio.timeout(guard.timeout) if place is None else bounded(place, "guard", guard.timeout)
    try:
        async with timer:
            return await asked
    except TimeoutError as error:
        if not timer.expired():
            raise
        message = f"guard {named(guard)!r} took longer than {guard.timeout:g} s"
        raise HookTimeoutError(message, context={"guard": named(guard)}) from error


def named(guard: Guard) -> str:
    """Give the name by which errors speak of a guard."""
    return guard.name or getattr(guard.check, "__name__", None) or type(guard.check).__name__


def tripped(guard: Guard, checked: Checked, reason: str) -> GuardrailError:
    """Make the error of a guard that stops a run."""
    what = {"input": "what was said to", "output": "what was said by", "tool": f"the tool {checked.tool!r} of"}
    because = f": {reason}" if reason else ""
    message = f"guard {named(guard)!r} stopped {what[checked.stage]} agent {checked.agent!r}{because}"
    about = {"guard": named(guard), "stage": checked.stage, "agent": checked.agent, "reason": reason}
    return GuardrailError(message, context=about | ({"tool": checked.tool} if checked.tool else {}))


def text_of(guard: Guard, replaced: Replace) -> str:
    """Give the text that a guard puts in the place of one; raises `HookError` for what is no text."""
    if isinstance(replaced.value, str):
        return replaced.value
    message = f"guard {named(guard)!r} replaced a text with {type(replaced.value).__name__}"
    raise HookError(message, suggestions=["replace it with a text"])


def note(guard: Guard, stage: Stage) -> None:
    """Write down that a guard changed something, for the metadata of the run's result."""
    notes = NOTES.get()
    if notes is not None:
        notes.append({"guard": named(guard), "stage": stage, "action": "replaced"})
