"""One call of a tool under an error strategy: that of the call, or that of a tool written in the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext
    from llmspell.spec import Component
    from llmspell.spec.tools import ToolOutput


async def under(
    session: SpellSession,
    ctx: CallContext,
    strategy: Strategy,
    what: tuple[str, Mapping[str, object]],
    once: Callable[[CallContext], Awaitable[object]],
) -> ToolOutput:
    """Run a tool once and follow a strategy when that fails; raises the last error when nothing helped.

    `what` is the tool's name and its arguments.

    Arguments that do not fit are the caller's fault and no failure of the tool. Parts that were read are not taken back
    unless the strategy begins anew.
    """
    from llmspell.spec.recovered import Watched, noted  # noqa: PLC0415 - few calls have a strategy
    from llmspell.spec.tools import ToolOutput  # noqa: PLC0415

    watched = None if ctx.sink is None else Watched(ctx.sink)
    try:
        result = await once(ctx if watched is None else ctx.within(ctx.component, "strategy", sink=watched))
    except LlmspellError as error:
        from llmspell.bridge.api.recovery import Failed, Recovery, may_recover  # noqa: PLC0415 - paid by a failure

        if not may_recover(strategy, error, "validation"):
            raise
        recovery = Recovery(session, ctx, Failed("tool_execution", what[0], dict(what[1]), sink=watched))
        outcome = await recovery.follow(strategy, error)
        if not outcome["success"]:
            last = recovery.error or error
            if last is error:
                raise
            raise last from error
        about = {"degraded": True} if outcome.get("degraded") else {}
        return noted(ToolOutput(outcome["data"], metadata=about), *recovery.notes)
    return result if isinstance(result, ToolOutput) else ToolOutput(result)


def guards_of(session: SpellSession, tool: Component, strategy: Strategy) -> Mapping[str, Mapping[str, object]]:
    """Check the strategy of a tool and give the settings by which it guards a call.

    Raises `ValidationError` for one that would repeat a tool with effects, or keep its results.
    """
    from llmspell.bridge.api.guards import Guards  # noqa: PLC0415 - few tools have a strategy
    from llmspell.bridge.api.strategy import check_strategy, require  # noqa: PLC0415 - likewise

    check_strategy(session, strategy)
    found = Guards(session, tool=True).read(strategy)
    for option in found:
        require(session, option, strategy.type or strategy.way())
    if found and tool.effect == "once":
        message = f"tool {tool.name!r} may have effects, so it is neither repeated nor are its results kept"
        raise ValidationError(message, suggestions=['a tool that may be repeated says effect = "idempotent" or "pure"'])
    return found


async def settings_of(session: SpellSession, tool: Component, strategy: Strategy) -> Mapping[str, object]:
    """Give these settings, checked by the hook sets that understand them."""
    found = guards_of(session, tool, strategy)
    return await session.app.hook_sets.checked(found) if found else {}
