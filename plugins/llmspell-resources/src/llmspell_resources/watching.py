"""What both the activity log and the monitor look at: every call, how it ended, and on whose behalf it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import PermissionDeniedError, RefusedError
from llmspell.spec import Hook, HookOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from llmspell.model.call import Call
    from llmspell.spec import Context

    Proceed = Callable[[Call], Awaitable[object]]

OPERATIONS = ("tool_execution", "llm_call", "agent_execution")


class Seen(NamedTuple):
    """One call: its operation and subject, the names of the agents around it, its run, and when it began."""

    operation: str
    subject: str
    agent: str
    run: str
    at: float


def seen(call: Call, ctx: Context) -> Seen:
    """Say what a call is, from its scope and never from its arguments."""
    names = [call.subject] if call.operation == "agent_execution" else []
    scope = ctx.scope
    while scope.parent is not None:
        if scope.kind == "agent" and scope.name not in names[-1:]:
            names.append(scope.name)
        scope = scope.parent
    agent = "/".join(reversed(names))
    return Seen(call.operation, call.subject, agent, ctx.scope.run_id, ctx.clock.monotonic())


def outcome_of(error: BaseException | None) -> str:
    """Say in a word how a call ended."""
    if error is None:
        return "done"
    if isinstance(error, PermissionDeniedError):
        return "denied"
    if isinstance(error, RefusedError):
        return "refused"
    return "failed" if isinstance(error, Exception) else "cancelled"


def hooks(name: str, priority: int, function: Callable[[Call, Proceed, Context], Awaitable[object]]) -> Iterable[Hook]:
    """Describe hooks that see every call, refused ones, too."""
    options = HookOptions(priority=priority, band="audit", name=name)
    return [Hook(f"around_{operation}", function, options) for operation in OPERATIONS]
