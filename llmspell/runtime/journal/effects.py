"""Effects of what operations are made of: what they read, make up or wait for is recorded in a durable run.

Without a journal nothing is added to it but a look at the run. Within another effect nothing is recorded, either:
that is done again as a whole, or not at all.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from llmspell.model.call import Call
from llmspell.runtime.journal.port import within
from llmspell.runtime.labels import tell_again
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.context import CallContext

T = TypeVar("T")


class Labelled(NamedTuple):
    """What came of an effect that brought data into the run which carry labels."""

    value: object
    labels: tuple[str, ...] = ()


def recording(ctx: CallContext) -> bool:
    """Tell whether what happens here must be an effect."""
    return ctx.run.journal.active and not within()


async def effect(
    ctx: CallContext,
    name: str,
    read: Callable[[], Awaitable[T]],
    *,
    input: object = None,  # noqa: A002 - the field's name in a call
    effect: str = "pure",
    due: float | None = None,
    decode: Callable[[Any], T] | None = None,
) -> T:
    """Do something once, however often the run is taken up, and give what came of it.

    input    what it depends on, as JSON data: another one at the same place is a `NonDeterminismError`
    effect   whether it may be repeated when nobody knows what became of it, as in `Call`
    due      when it ends by itself, in seconds since the epoch
    decode   makes of its JSON what `read` gave: tuples have become lists, and so has what is derived from them

    Raises what `read` raises, or raised.
    """
    if not recording(ctx):
        return await read()
    at = ctx.child(name)

    async def core(_: Call, __: CallContext) -> object:
        before = set(ctx.run.labels)
        made = await read()
        new = sorted(set(ctx.run.labels) - before)
        return Labelled(made, tuple(new)) if new else made

    call = Call("effect", name, input, effect=effect, metadata=None if due is None else {"due": due})
    result: Any = await perform(at, call, core)
    if isinstance(result, Labelled):
        if at.replayed:
            tell_again(result.labels, at)
        result = result.value
    return cast("T", decode(result) if decode is not None and at.replayed else result)


async def sleep(ctx: CallContext, seconds: float) -> None:
    """Wait on the run's clock; a durable run that is taken up meanwhile waits only for the rest."""
    clock = ctx.app.services.clock
    if not recording(ctx):
        await clock.sleep(seconds)
        return

    async def core(call: Call, _: CallContext) -> None:
        due = cast("float", call.metadata["due"])  # as it was recorded when it began
        left = min(due - clock.now(), seconds)  # the clock may have been set back
        await (clock.sleep(left) if left > 0 else overdue(left))

    about = {"due": clock.now() + max(0.0, seconds)}
    # how long is no part of its place: a retry that is begun anew may draw another pause
    await perform(ctx.child("sleep"), Call("effect", "sleep", None, effect="idempotent", metadata=about), core)


async def moment(ctx: CallContext, now: Callable[[], float] | None = None) -> float:
    """Give the time at which something was decided, in seconds since the epoch, by the run's clock or another."""
    tell = now or ctx.app.services.clock.now
    if not recording(ctx):
        return tell()

    async def read() -> float:
        return tell()

    return await effect(ctx, "now", read)


def new_id(ctx: CallContext, place: Callable[[str], str]) -> str:
    """Give the identifier that belongs to the next place below a context."""
    from llmspell.services.clock import derived_id  # noqa: PLC0415 - paid by durable runs

    return derived_id(ctx.run.id, place("id"))


async def overdue(left: float) -> None:
    """Wait for a moment that has passed: those that wait for the earlier ones go on first."""
    loop = asyncio.get_running_loop()
    passed: asyncio.Future[None] = loop.create_future()
    timer = loop.call_at(loop.time() + left, _wake, passed)
    try:
        await passed
    finally:
        timer.cancel()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():  # cancelled in the turn of the loop in which its moment came
        waiter.set_result(None)
