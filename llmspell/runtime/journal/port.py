"""The journal port of the pipeline: who answers an operation that was done before, and writes down one that was not."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
    from typing import Any

    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.journal.deciding import Deciding
    from llmspell.runtime.journal.timers import DurableTimer, TimerRecord

WITHIN: ContextVar[bool] = ContextVar("llmspell_within_effect", default=False)
"""Whether this happens within one effect of a durable run: it is kept as a whole, or not at all."""

ISSUER: ContextVar[str] = ContextVar("llmspell_issuer", default="")
"""The path of the operation on whose behalf this happens, in a durable run."""

BEHIND: ContextVar[tuple[str, ...]] = ContextVar("llmspell_behind", default=())
"""The paths of the operations whose hooks and functions of a script led to this, the outermost first."""

APART = "~"
"""The issuer of what happens beside all operations: handlers of events, hooks in the background."""


@contextmanager
def apart() -> Iterator[None]:
    """Have what happens here belong to no operation: an event is told, nobody waits for what comes of it."""
    token = ISSUER.set(APART)
    try:
        yield
    finally:
        ISSUER.reset(token)


def within() -> bool:
    """Tell whether this happens within one effect of a durable run."""
    return WITHIN.get()


class Journal(Protocol):
    """Remember what was done.

    `active` is False when nothing is ever recorded; the pipeline then asks nothing else.
    """

    active: bool
    running: int
    """How much is under way of which more will come by itself: effects, engines that start."""
    failure: Exception | None
    """Why the run cannot go on: what it does contradicts what was recorded, whoever caught that."""
    timers: list[DurableTimer]

    @property
    def people(self) -> Deciding | None:
        """Give what waits for a person; None where nothing can."""
        ...

    @property
    def seed(self) -> str:
        """Give what scripts grow their random numbers from, in base64."""
        ...

    @property
    def session(self) -> str | None:
        """Give the session that the recorded run was begun in."""
        ...

    async def through(self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]]) -> object:
        """Answer a call from the records, or have it run by `proceed` and write down how it ended.

        Raises what was recorded or what the call raises, `NonDeterminismError` for another call than the one that was
        recorded here, `UncertainOutcomeError` for one that was begun and may not be repeated.
        """
        ...

    async def enter(
        self, ctx: CallContext, call: Call, core: Callable[[Call, CallContext], Coroutine[Any, Any, object]]
    ) -> object:
        """Run the core of a call, once the intent to do so is on the disk."""
        ...

    def decided(self, ctx: CallContext, call: Call, changed: Call, by: Sequence[str], *, answered: bool) -> None:
        """Note that the hooks of these names changed or answered a call."""
        ...

    def atomic(self) -> bool:
        """Tell whether the task at hand is inside an effect, of which nothing within is recorded."""
        ...

    def timer_started(self, path: str, name: str, due: float) -> TimerRecord | None:
        """Give what is known of a timer at a path, or note its beginning and give None."""
        ...

    def timer_ended(self, path: str, fired: bool, left: float | None = None) -> None:  # noqa: FBT001 - as it is recorded
        """Note how a timer ended."""
        ...

    def when_live(self, call: Callable[[], None]) -> None:
        """Call something once all that is recorded was given again: at once when that is so."""
        ...

    def loaded(self, path: str, data: bytes) -> None:
        """Note that a file below the spell's folder was loaded."""
        ...

    @property
    def unfinished(self) -> bool:
        """Tell whether the run has not ended and may be taken up."""
        ...

    async def finish(self, *, value: object = None, error: Exception | None = None) -> None:
        """Write down how the run ended, and wait until that is kept."""
        ...

    def cut_off(self) -> None:
        """Write no more: what is cancelled from here on was under way when the run was cut off."""
        ...

    async def aclose(self) -> None:
        """Let the log go."""
        ...


class NoJournal:
    """Record nothing: the journal of a run that is not durable."""

    active = False
    running = 0
    seed = ""
    session: str | None = None
    unfinished = False
    people = None
    failure: Exception | None = None

    def __init__(self) -> None:
        self.timers: list[DurableTimer] = []

    async def through(self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]]) -> object:  # noqa: ARG002 - the port's signature
        """Run the call."""
        return await proceed(call)

    async def enter(
        self, ctx: CallContext, call: Call, core: Callable[[Call, CallContext], Coroutine[Any, Any, object]]
    ) -> object:
        """Run the core."""
        return await core(call, ctx)

    def decided(self, ctx: CallContext, call: Call, changed: Call, by: Sequence[str], *, answered: bool) -> None:
        """Note nothing."""

    def atomic(self) -> bool:
        """Tell whether the task at hand is inside an effect, of which nothing within is recorded."""
        return False

    def timer_started(self, path: str, name: str, due: float) -> TimerRecord | None:  # noqa: ARG002 - likewise
        """Give what is known of a timer at a path, or note its beginning and give None."""
        return None

    def timer_ended(self, path: str, fired: bool, left: float | None = None) -> None:  # noqa: FBT001 - as it is recorded
        """Note how a timer ended."""

    def when_live(self, call: Callable[[], None]) -> None:
        """Call something once all that is recorded was given again: at once when that is so."""
        call()

    def loaded(self, path: str, data: bytes) -> None:
        """Note nothing."""

    async def finish(self, *, value: object = None, error: Exception | None = None) -> None:
        """Write nothing."""

    def cut_off(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""
