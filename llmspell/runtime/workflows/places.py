"""The places of steps in a run: they follow from names and numbers alone, whoever was quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from llmspell.runtime.context import CallContext

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


def at(ctx: CallContext, place: str) -> CallContext:
    """Give a context at a place below another one; no counter is involved."""
    path = f"{ctx.path}/{place}" if ctx.path else place
    return CallContext(ctx.run, ctx.scope, path=path, spending=ctx.spending)


async def called(ctx: CallContext, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Call a function on behalf of a context: one of a script has at most its rights, and has its place."""
    bound = getattr(function, "on_behalf", None)
    return await issued(ctx, (function if bound is None else bound(ctx))(*arguments))


async def issued(ctx: CallContext, work: Awaitable[T]) -> T:
    """Await a call of a function that a journal finds again by the place of a context."""
    if not ctx.run.journal.active:
        return await work
    from llmspell.runtime.journal.port import ISSUER  # noqa: PLC0415 - paid by durable runs

    token = ISSUER.set(ctx.path)
    try:
        return await work
    finally:
        ISSUER.reset(token)


async def settled(ctx: CallContext, found: T) -> T:
    """Give what time has decided, as JSON data: in a run that is taken up, what was found when it came to it first."""
    if not ctx.run.journal.active:
        return found
    from llmspell.runtime.journal.effects import effect  # noqa: PLC0415 - paid by durable runs

    async def read() -> T:
        return found

    return await effect(ctx, "order", read)
