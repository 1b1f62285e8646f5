"""Who holds a run of a workflow: it is paused between steps, resumed, cancelled, and bounded in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import WorkflowCancelledError, WorkflowStateError, WorkflowTimeoutError
from llmspell.runtime.journal.timers import bounded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.context import CallContext
    from llmspell.spec.timeouts import Timeout

OVER = ("completed", "failed", "cancelled")


class Control:
    """Hold one run.

    `state` is `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`. While it is paused no step begins,
    those under way go on, and its time stands still.
    """

    __slots__ = ("_left", "_open", "_timer", "name", "reason", "seconds", "state")

    def __init__(self, name: str, seconds: float | None) -> None:
        self.name = name
        self.seconds = seconds
        self.state = "pending"
        self.reason = ""
        self._timer: Timeout | None = None
        self._open: asyncio.Event | None = None
        self._left: float | None = None

    async def bounded(self, work: Callable[[], Awaitable[object]], ctx: CallContext) -> object:
        """Do the run, whose context is `ctx`, until its time is over or it is cancelled.

        Raises `WorkflowTimeoutError` and `WorkflowCancelledError`.
        """
        self.go_on()
        self._timer = timer = bounded(ctx, "workflow", self.seconds)
        self.state = "running"
        try:
            async with timer:
                result = await work()
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise self._ended() from error
        finally:
            self._timer = None
        self.go_on()  # or it was cancelled while its last step ended
        self.state = "completed"
        return result

    def go_on(self) -> None:
        """Raise `WorkflowCancelledError` when it is to end."""
        if self.state == "cancelled":
            raise self._ended()

    def _ended(self) -> WorkflowCancelledError | WorkflowTimeoutError:
        if self.state == "cancelled":
            why = f": {self.reason}" if self.reason else ""
            return WorkflowCancelledError(f"workflow {self.name!r} was cancelled{why}")
        message = f"workflow {self.name!r} took longer than {self.seconds:g} s"
        return WorkflowTimeoutError(
            message, suggestions=["raise its `timeout`, or that of the step that takes longest"]
        )

    def refused(self) -> None:
        """Note that it failed after all: by a hook that was told its result."""
        if self.state == "completed":
            self.state = "failed"

    async def gate(self) -> None:
        """Wait while the run is paused."""
        while self._open is not None:
            await self._open.wait()

    def live(self) -> None:
        """Raise `WorkflowStateError` when the run is over: a step that somebody kept is not done after it."""
        if self.state in OVER:
            raise WorkflowStateError(
                f"workflow {self.name!r} is {self.state}: no step of it is done any more", context={"state": self.state}
            )

    def pause(self) -> None:
        """Let no further step begin; raises `WorkflowStateError` when it is not running."""
        if self.state != "running" or self._timer is None:
            raise self._wrong("paused")
        self.state = "paused"
        self._open = asyncio.Event()
        when = self._timer.when()
        self._left = None if when is None else when - asyncio.get_running_loop().time()
        self._timer.reschedule(None)

    def resume(self) -> None:
        """Let steps begin again; raises `WorkflowStateError` when it is not paused."""
        if self.state != "paused" or self._timer is None or self._open is None:
            raise self._wrong("resumed")
        self.state = "running"
        if self._left is not None:
            self._timer.reschedule(asyncio.get_running_loop().time() + self._left)
        self._open.set()
        self._open = None

    def cancel(self, reason: str = "") -> None:
        """End the run, with the steps that are under way; raises `WorkflowStateError` when it is over.

        One that has not begun its first step, as a hook works before it, ends when it comes to that.
        """
        if self._timer is None and self.state != "pending":
            raise self._wrong("cancelled")
        self.state = "cancelled"
        self.reason = reason
        if self._timer is not None:
            self._timer.reschedule(asyncio.get_running_loop().time())

    def _wrong(self, what: str) -> WorkflowStateError:
        return WorkflowStateError(
            f"workflow {self.name!r} cannot be {what}: it is {self.state}", context={"state": self.state}
        )
