"""The hooks that keep limits on calls: places, counts, depth, time and output."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import AgentTimeoutError, LimitReachedError, ResourceExhaustedError, ToolTimeoutError
from llmspell.model.schema import convert_options
from llmspell.spec import Hook, HookOptions
from llmspell_resources.accounts import Accounts, held, spend
from llmspell_resources.sections import AgentSection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from llmspell.errors import LlmspellError
    from llmspell.model.call import Call
    from llmspell.spec import Context
    from llmspell.spec.timeouts import Timeout
    from llmspell_resources.accounts import Account
    from llmspell_resources.sections import Limits

    Proceed = Callable[[Call], Awaitable[object]]

INNER = 90
"""Within its band inside of what repeats calls: nobody holds a place while he waits to try again."""


class Limiting:
    """Keep the limits of all parts; the hooks are registered once, with the first part."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self._held: Counter[tuple[str, str]] = Counter()

    def hooks(self) -> Iterable[Hook]:
        """Stand closest to what is done, and around every spell to forget its run."""
        inner = HookOptions(priority=INNER, band="timeout", name="resources")
        again = HookOptions(band="audit", name="resources_again")
        return [
            Hook("around_tool_execution", self.again, again),
            Hook("around_llm_call", self.again, again),
            Hook("around_tool_execution", self.tool, inner),
            Hook("around_llm_call", self.model, inner),
            Hook("around_agent_execution", self.agent, inner),
            Hook("around_spell_execution", self.spell, HookOptions(band="budget", name="resources_of_runs")),
        ]

    async def again(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Count what was done in an earlier life of a durable run, and is answered from its records."""
        try:
            return await proceed(call)
        finally:
            if getattr(ctx, "replayed", False):
                subject = call.subject if call.operation == "tool_execution" else ""
                accounts = self.accounts.of(ctx.scope, subject, own=_own(call))
                with suppress(ResourceExhaustedError):  # it was allowed then
                    spend(accounts, "max_operations", 1)

    async def tool(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Run a tool when there is a place for it, and count what it gives."""
        accounts = self.accounts.of(ctx.scope, call.subject, _own(call))
        self._enter(accounts, ctx)
        within = self._within(ctx)  # who holds a place and waits for a second one might wait for ever
        keys = () if within else ("max_concurrent_operations", "max_concurrent_tools")
        async with held(accounts, *keys):
            self._held[ctx.scope.run_id, ctx.path] += 1
            try:
                error = ToolTimeoutError(f"tool {call.subject!r} ran longer than it may")
                result = await _in_time(_timer(call, ctx, _shortest(accounts, "tool")), error, proceed, call)
            finally:
                self._leave(ctx)
        if any(one.limits.max_output is not None for one in accounts):
            spend(accounts, "max_output", _size(getattr(result, "result", result)))
        return result

    async def model(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Ask a model when there is a place for it."""
        accounts = self.accounts.of(ctx.scope, own=_own(call))
        self._enter(accounts, ctx)
        async with held(accounts, *(() if self._within(ctx) else ("max_concurrent_operations",))):
            return await proceed(call)

    async def agent(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Run an agent for no longer than it may."""
        accounts = self.accounts.of(ctx.scope, own=_own(call))
        _check_depth(accounts, ctx)
        error = AgentTimeoutError(f"agent {call.subject!r} ran longer than it may")
        return await _in_time(_timer(call, ctx, _shortest(accounts, "agent")), error, proceed, call)

    async def spell(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Forget what a run took when its spell has ended."""
        try:
            return await proceed(call)
        finally:
            self.accounts.close(ctx.scope.run_id)

    def _enter(self, accounts: list[Account], ctx: Context) -> None:
        _check_depth(accounts, ctx)
        spend(accounts, "max_operations", 1)

    def _within(self, ctx: Context) -> bool:
        """Tell whether a call that holds a place makes this one, by the path of the call."""
        run, steps = ctx.scope.run_id, ctx.path.split("/")
        return any((run, "/".join(steps[:end])) in self._held for end in range(1, len(steps)))

    def _leave(self, ctx: Context) -> None:
        key = (ctx.scope.run_id, ctx.path)
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]


def _own(call: Call) -> Limits | None:
    """Give the limits that the agent behind a call brings."""
    settings = call.metadata.get("settings")
    given = cast("Mapping[str, Any]", settings).get("resources") if settings else None
    return None if given is None else convert_options(AgentSection, given, who="the agent's resources")


def _check_depth(accounts: list[Account], ctx: Context) -> None:
    depth = ctx.path.count("/") + 1
    for account in accounts:
        bound = account.limits.max_depth
        if bound is not None and depth > bound:
            message = f"{account.who} would be {depth} calls deep, and max_depth is {bound}"
            raise LimitReachedError(
                message,
                suggestions=["let calls do more themselves", "raise max_depth of [resources]"],
                context={"limit": "max_depth", "bound": bound, "of": account.who, "depth": depth},
            )


def _shortest(accounts: list[Account], kind: str) -> float | None:
    times = [getattr(one.limits, "max_execution_time", None) for one in accounts if one.who.startswith(kind)]
    return min((one for one in times if one is not None), default=None)


def _timer(call: Call, ctx: Context, seconds: float | None) -> tuple[Timeout, float] | None:
    """Bound what is made of operations so that a run which is taken up meets the same end, a whole by itself."""
    if seconds is None:
        return None
    composed = call.composed or call.operation == "agent_execution"
    return (ctx.timeout(seconds, "resources") if composed else asyncio.timeout(seconds)), seconds


async def _in_time(bound: tuple[Timeout, float] | None, late: LlmspellError, proceed: Proceed, call: Call) -> object:
    if bound is None:
        return await proceed(call)
    timer, seconds = bound
    try:
        async with timer:
            return await proceed(call)
    except TimeoutError as error:
        if not timer.expired():
            raise
        late.context.update({"limit": "max_execution_time", "bound": seconds})
        raise late from error


def _size(value: object) -> int:
    return len(json.dumps(value, default=str).encode())
