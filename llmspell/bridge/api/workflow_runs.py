"""What scripts do with runs of a workflow: pause, resume, cancel, look, and be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.definition import Handle, function
from llmspell.errors import WorkflowStateError

if TYPE_CHECKING:
    from llmspell.bridge.callbacks import Callback
    from llmspell.runtime.workflows.execution import Execution
    from llmspell.runtime.workflows.workflow import Workflow


class WorkflowRuns(Handle):
    """The part of a workflow that is about its runs; what it does is done with all that are under way."""

    workflow: Workflow

    @function()
    def pause(self) -> None:
        """Let no further step begin; those under way go on. Raises `workflow_state` when nothing runs."""
        for run in self._under_way("running", "paused"):
            run.control.pause()

    @function()
    def resume(self) -> None:
        """Let steps begin again; raises `workflow_state` when nothing is paused."""
        for run in self._under_way("paused", "resumed"):
            run.control.resume()

    @function()
    def cancel(self, reason: str = "") -> None:
        """End it with the steps that are under way; who waits for it is told `workflow_cancelled`."""
        for run in [*self._runs("running"), *self._under_way("paused", "cancelled", "running")]:
            run.control.cancel(reason)

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
