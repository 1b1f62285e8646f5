"""What scripts do with runs of a workflow: pause, resume, cancel, look, and be told."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from llmspell.bridge.definition import Handle, function
from llmspell.errors import LlmspellError, WorkflowCancelledError, WorkflowStateError
from llmspell.runtime.waiting import bounded

if TYPE_CHECKING:
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.execution import Execution
    from llmspell.runtime.workflows.workflow import Workflow

log = logging.getLogger("llmspell.workflows")


class WorkflowRunHandle(Handle):
    """One run of a workflow that goes on beside the script; it ends with the spell."""

    kind = "workflow_run"
    shows = ("workflow",)

    def __init__(self, session: SpellSession, execution: Execution) -> None:
        super().__init__(session)
        self._execution = execution
        self._ended: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._awaited = False
        session.spawn(self._run(), f"workflow {execution.workflow.name}")

    async def _run(self) -> None:
        try:
            self._ended.set_result(await self._execution.run())
        except LlmspellError as error:
            self._ended.set_exception(error)
            self._ended.exception()  # it is told by `wait`, and here when nobody waits
            if not self._awaited:
                log.warning("workflow %r failed: %s", self._execution.workflow.name, error)
        except asyncio.CancelledError:
            self._ended.set_exception(WorkflowCancelledError("the spell ended before its workflow"))
            self._ended.exception()
            raise

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"workflow": self._execution.workflow.name}

    @function()
    async def wait(self, ctx: CallContext, timeout: Duration | None = None) -> dict[str, Any]:
        """Wait for its end and return what `workflow:execute` returns, or raise what that raises."""
        from llmspell.bridge.api.workflow import told  # noqa: PLC0415 - it has runs

        self._awaited = True
        what = f"workflow {self._execution.workflow.name}"
        return told(await bounded(asyncio.shield(self._ended), timeout, what, ctx))

    @function(aliases=("get_status",))
    def status(self) -> dict[str, Any]:
        """Tell how far it has come; see `workflow.get_status`."""
        return self._execution.status()

    @function()
    def pause(self) -> None:
        """Let no further step begin; those under way go on. Raises `workflow_state` when it does not run."""
        self._execution.pause()

    @function()
    def resume(self) -> None:
        """Let steps begin again; raises `workflow_state` when it is not paused."""
        self._execution.resume()

    @function()
    def cancel(self, reason: str = "") -> None:
        """End it with the steps that are under way; raises `workflow_state` when it is over."""
        self._execution.cancel(reason)


class WorkflowRuns(Handle):
    """The part of a workflow that is about its runs; what it does is done with all that are under way."""

    workflow: Workflow

    @function()
    def pause(self) -> None:
        """Let no further step begin; those under way go on. Raises `workflow_state` when nothing runs."""
        for run in self._under_way("running", "paused"):
            run.pause()

    @function()
    def resume(self) -> None:
        """Let steps begin again; raises `workflow_state` when nothing is paused."""
        for run in self._under_way("paused", "resumed"):
            run.resume()

    @function()
    def cancel(self, reason: str = "") -> None:
        """End it with the steps that are under way; who waits for it is told `workflow_cancelled`."""
        begun = [*self._runs("pending"), *self._runs("running")]
        for run in [*begun, *self._under_way("paused", "cancelled", "pending", "running")]:
            run.cancel(reason)

    @function(aliases=("status",))
    def get_status(self) -> dict[str, Any]:
        """Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.

        `state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
        """
        if self.workflow.runs:
            return self.workflow.runs[-1].status()
        total = len(self.workflow.definition.steps)
        about: dict[str, Any] = {"state": "pending", "workflow": self.workflow.name, "done": 0, "total": total}
        return {**about, "current": [], "steps": {}}

    @function()
    def on_step_complete(self, callback: Callback) -> None:
        """Call `callback(step, output)` after each step; `step` is its record with its `name`."""
        self.workflow.listeners.append(("step_complete", callback))

    @function()
    def on_error(self, callback: Callback) -> None:
        """Call `callback(error, step)` when a step has failed, and when the workflow has: `step` has its name then."""
        self.workflow.listeners += [("step_error", callback), ("error", callback)]

    @function()
    def on_progress(self, callback: Callback) -> None:
        """Call `callback(status)` after each step, with what `get_status` gives."""
        self.workflow.listeners.append(("progress", callback))

    @function()
    def on_complete(self, callback: Callback) -> None:
        """Call `callback(result)` when it has come to its end."""
        self.workflow.listeners.append(("complete", callback))

    def _runs(self, state: str) -> list[Execution]:
        return [run for run in self.workflow.runs if run.control.state == state]

    def _under_way(self, state: str, what: str, *others: str) -> list[Execution]:
        """Give the runs in a state; raises `WorkflowStateError` when there is none there, or in one of the others."""
        found = self._runs(state)
        if not found and not any(self._runs(one) for one in others):
            now = self.get_status()["state"]
            raise WorkflowStateError(
                f"workflow {self.workflow.name!r} cannot be {what}: it is {now}", context={"state": now}
            )
        return found
