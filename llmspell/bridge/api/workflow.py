"""Workflow: steps of agents, tools and functions, and how they follow one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from llmspell.bridge import shapes
from llmspell.bridge.api.tool import CallOptions
from llmspell.bridge.api.workflow_generation import AdaptOptions, GenerateOptions  # noqa: TC001 - likewise
from llmspell.bridge.api.workflow_offers import WorkflowAgentOptions, WorkflowToolOptions, as_agent, as_tool
from llmspell.bridge.api.workflow_options import StepOptions, WorkflowOptions  # noqa: TC001 - parameters are of them
from llmspell.bridge.api.workflow_runs import WorkflowRunHandle, WorkflowRuns
from llmspell.bridge.definition import NO_MAP, Namespace, function
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ComponentNotFoundError, LlmspellError, ValidationError, WorkflowNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.workflow import Workflow


class WorkflowHandle(WorkflowRuns):
    """A workflow that a script holds; it can be run any number of times."""

    kind = "workflow"
    shows = ("name", "type", "description")

    def __init__(self, session: SpellSession, workflow: Workflow) -> None:
        super().__init__(session)
        self.workflow = workflow

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        about = self.workflow.definition
        return {"name": about.name, "type": about.kind, "description": about.description}

    @function(aliases=("run", "invoke"))
    async def execute(
        self, ctx: CallContext, given: object = NO_MAP, options: CallOptions | None = None
    ) -> dict[str, Any]:
        """Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.

        `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
        keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
        with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
        """
        options = options or CallOptions()
        try:
            return told(await self.workflow.execute(given, ctx=ctx, timeout=options.timeout))
        except LlmspellError as error:
            if options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise

    @function()
    async def execute_step(self, ctx: CallContext, name: str, given: object = NO_MAP) -> object:
        """Do one of its steps by itself, with a workflow's input, and return what it gives; no other step is done.

        Raises `workflow_not_found` for none of this name, and what the step fails with.
        """
        step = next((one for one in self.workflow.definition.steps if one.name == name), None)
        if step is None:
            known = [one.name for one in self.workflow.definition.steps]
            message = f"workflow {self.workflow.name!r} has no step {name!r}"
            raise WorkflowNotFoundError(message, suggestions=[f"its steps: {', '.join(known)}"])
        execution = self.workflow.like(self.workflow.definition).begin(given, ctx=ctx)
        return await execution.alone(step)

    @function()
    def start(self, ctx: CallContext, given: object = NO_MAP) -> WorkflowRunHandle:
        """Begin to run it and go on; the run has `wait`, `status`, `pause`, `resume` and `cancel`."""
        return WorkflowRunHandle(self.session, self.workflow.begin(given, ctx=ctx))

    @function()
    def as_tool(self, options: WorkflowToolOptions | None = None) -> ToolHandle:
        """Make a tool of it, for agents and `Tools.register`: its arguments are the input, its result the output."""
        return as_tool(self.session, self.workflow, options or WorkflowToolOptions())

    @function()
    async def as_agent(self, ctx: CallContext, options: WorkflowAgentOptions | None = None) -> AgentHandle:
        """Make an agent of it, which answers by running it, for handoffs, teams and other workflows.

        What the agent is told is the input: text, or a table where the text is JSON. Only its steps ask models.
        """
        return await as_agent(self.session, self.workflow, options or WorkflowAgentOptions(), ctx)

    @function(aliases=("to_mermaid",))
    def mermaid(self) -> str:
        """Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them."""
        from llmspell.runtime.workflows.drawing import mermaid  # noqa: PLC0415 - few workflows are drawn

        runs = self.workflow.runs
        if not runs:
            return mermaid(self.workflow.definition)
        return mermaid(self.workflow.definition, runs[-1].outcomes, list(runs[-1].doing.values()))

    @function()
    async def add_step(self, step: StepOptions, position: int | None = None) -> None:
        """Add a step, at the end or at a position (from 1); a run under way does it, too, when it comes to it.

        Raises `workflow_definition` with all that would be wrong then; the workflow stays as it is.
        """
        from llmspell.bridge.api.workflow_reading import Reader  # noqa: PLC0415 - paid by who makes workflows

        count = len(self.workflow.definition.steps)
        place = count if position is None else position - 1
        if not 0 <= place <= count:
            message = f"there is no position {position} among {count} steps"
            raise ValidationError(message, suggestions=[f"write a number from 1 to {count + 1}"])
        await Reader(self.session).add(self.workflow, step, place)

    @function()
    def remove_step(self, name: str) -> bool:
        """Remove a step that no other needs, and tell whether it was there; raises `workflow_definition`."""
        steps = self.workflow.definition.steps
        left = [step for step in steps if step.name != name]
        if len(left) < len(steps):
            self.workflow.change(left)
        return len(left) < len(steps)

    @function()
    def get_steps(self) -> list[dict[str, object]]:
        """List its steps: `{name, role, subject, output, depends_on, steps}`, those of phases within it, too."""
        return [step_table(step) for step in self.workflow.definition.steps]


class Workflows(Namespace):
    """Steps of agents, tools, functions and other workflows, in an order, side by side, by conditions, in rounds.

    A step names who does it (`agent`, `tool`, `workflow`, `run`, or `steps` of its own), what it is given (`input`) and
    what its result is called (`output`). Texts may hold `{{x}}`: an output, a key of the input, `input.x`,
    `steps.name`, `previous`. Kinds are plugins; those that are named here come with llmspell-workflows.
    """

    name = "Workflow"
    classes: ClassVar[tuple[str, ...]] = (
        "sequential", "parallel", "conditional", "loop", "fan_out", "map_reduce", "pipeline", "graph", "saga", "custom",
    )  # fmt: skip

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.named: dict[str, WorkflowHandle] = {}
        self.templates: dict[str, dict[str, object]] = {}

    async def made(self, kind: str, given: object) -> WorkflowHandle:
        """Read and keep a workflow; raises `ComponentNotFoundError` when there are no kinds at all."""
        from llmspell.bridge.api.workflow_reading import Reader  # noqa: PLC0415 - paid by who makes workflows

        if not self.session.app.catalog.list("workflow_kind"):
            message = "there are no kinds of workflows"
            raise ComponentNotFoundError(message, suggestions=["pip install llmspell-workflows"])
        handle = WorkflowHandle(self.session, await Reader(self.session).workflow(kind, given))
        if isinstance(given, dict) and given.get("name"):
            self.named[handle.workflow.name] = handle
        return handle

    @function(aliases=("create",))
    async def new(self, kind: str | WorkflowOptions, options: WorkflowOptions | None = None) -> WorkflowHandle:
        """Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.

        Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
        plugin brings.
        """
        if isinstance(kind, str):
            return await self.made(snake(kind), options or {})
        return await self.made("", kind)

    @function()
    async def sequential(self, options: WorkflowOptions | list[StepOptions]) -> WorkflowHandle:
        """Make a workflow of steps one after the other; its value is that of the last one."""
        return await self.made("sequential", options)

    @function()
    async def parallel(
        self, options: WorkflowOptions | list[StepOptions], more: WorkflowOptions | None = None
    ) -> WorkflowHandle:
        """Make a workflow of steps side by side; its value is put together of all (`aggregation`).

        Without `fail_fast` all come to their ends; then all must have given something, or `require_minimum` of them.
        """
        return await self.made("parallel", _with(options, more))

    @function()
    async def conditional(
        self,
        options: WorkflowOptions | Callback | str,
        if_true: StepOptions | None = None,
        if_false: StepOptions | None = None,
    ) -> WorkflowHandle:
        """Make a workflow that does `if_true` or `if_false`, or the first of `branches` whose `condition` holds."""
        more = {"if_true": if_true, "if_false": if_false}
        return await self.made("conditional", _under("condition", options, more))

    @function()
    async def loop(
        self, options: WorkflowOptions | Callback | str, body: StepOptions | None = None,
        more: WorkflowOptions | None = None,
    ) -> WorkflowHandle:  # fmt: skip
        """Make a workflow of rounds: while a `condition` holds, `until` one does, for each of `items`, or `count`."""
        return await self.made("loop", _with(_under("condition", options, {"body": body}), more))

    @function()
    async def fan_out(self, options: WorkflowOptions) -> WorkflowHandle:
        """Make a workflow of steps for each of `items`, side by side; its value is the list of what they gave."""
        return await self.made("fan_out", options)

    @function()
    async def map_reduce(self, options: WorkflowOptions) -> WorkflowHandle:
        """Make a workflow of a step `map` for each of `items`, side by side, and a step `reduce` for the `results`."""
        return await self.made("map_reduce", options)

    @function()
    async def pipeline(self, options: WorkflowOptions | list[StepOptions]) -> WorkflowHandle:
        """Make a workflow that passes what a step gives to the next; with `items` each of them goes through all."""
        return await self.made("pipeline", options)

    @function()
    async def graph(self, options: WorkflowOptions | list[StepOptions]) -> WorkflowHandle:
        """Make a workflow of steps that begin when those of their `depends_on` are done; circles are refused."""
        return await self.made("graph", options)

    @function()
    async def saga(self, options: WorkflowOptions | list[StepOptions]) -> WorkflowHandle:
        """Make a sequential workflow whose steps are taken back (`compensate`), the last first, when one fails."""
        return await self.made("saga", options)

    @function()
    async def custom(self, options: WorkflowOptions | Callback) -> WorkflowHandle:
        """Make a workflow of a function `execute(context, run)`; `run(name, input)` does a step and gives its value."""
        return await self.made("custom", _under("execute", options))

    @function()
    async def from_pattern(self, name: str, options: dict[str, object]) -> WorkflowHandle:
        """Make a workflow by a named pattern: `Workflow.from_pattern("review_loop", {writer = ..., reviewer = ...})`.

        `Workflow.patterns()` says which there are and what each needs; a part is an agent, tool, workflow, function, or
        a table as of a step. Raises `workflow_not_found`, `validation`, and `workflow_definition`.
        """
        from llmspell.bridge.api.workflow_patterns import of_pattern  # noqa: PLC0415 - few workflows are of a pattern

        return await self.made("", of_pattern(name, options))

    @function()
    def patterns(self) -> list[dict[str, Any]]:
        """List the named patterns: `{name, description, needs, takes}`."""
        from llmspell.bridge.api.workflow_patterns import listed  # noqa: PLC0415 - as above

        return listed()

    @function()
    def define(self, name: str, options: WorkflowOptions) -> None:
        """Keep the options of a workflow, with a `type`, as a template, of which `Workflow.from_template` makes one."""
        self.templates[name] = dict(options)  # type: ignore[call-overload]  # it is lazy: a table

    @function()
    async def from_template(self, name: str, changes: WorkflowOptions | None = None) -> WorkflowHandle:
        """Make a workflow of a template, with changes: options, and steps by name; `remove_steps` leaves some out.

        Raises `workflow_not_found`, and `workflow_definition` with everything that is wrong with it.
        """
        from llmspell.bridge.api.workflow_patterns import filled  # noqa: PLC0415 - as above

        if name not in self.templates:
            raise _none("template of workflows", name, self.templates)
        return await self.made("", filled(self.templates[name], changes or {}))  # type: ignore[arg-type]  # likewise

    @function()
    async def generate(self, options: GenerateOptions) -> WorkflowHandle:
        """Make a graph that does what is required, each part by an agent that has its `capabilities`.

        Of several agents the one with least to do is taken. Raises `workflow_definition` with every requirement that
        nobody meets, and with all else that is wrong.
        """
        from llmspell.bridge.api.workflow_generation import generated  # noqa: PLC0415 - few workflows are generated

        return await self.made("graph", generated(self.session, options))

    @function()
    async def adapt(self, workflow: str | WorkflowHandle, changes: AdaptOptions) -> dict[str, Any]:
        """Change a workflow, also while it runs: `{modification = "none" | "minor" | "major", added, replaced, ...}`.

        Steps that have begun stay as they are: changing them is an error of type `workflow_state`. Raises
        `workflow_not_found` for a step that is not there, and `workflow_definition`; nothing has changed then.
        """
        from llmspell.bridge.api.workflow_generation import adapt  # noqa: PLC0415 - as above

        return await adapt(self.found(workflow), changes)

    @function()
    def get(self, name: str) -> WorkflowHandle:
        """Give the workflow of this name, the newest one. Raises `workflow_not_found` with the nearest name."""
        found = self.named.get(name)
        if found is None:
            raise _none("workflow", name, self.named)
        return found

    @function(name="list")
    def list_(self) -> list[WorkflowHandle]:
        """List the workflows that have a name."""
        return list(self.named.values())

    @function()
    def kinds(self) -> list[dict[str, object]]:
        """List the kinds of workflows that are installed: `{name, description, plugin}`."""
        found = self.session.app.catalog.list("workflow_kind")
        return [{"name": one.name, "description": one.summary, "plugin": one.plugin} for one in found]

    def found(self, workflow: str | WorkflowHandle) -> WorkflowHandle:
        """Give a workflow that is written as itself or as its name."""
        return self.get(workflow) if isinstance(workflow, str) else workflow


def _none(what: str, name: str, known: Iterable[str]) -> WorkflowNotFoundError:
    near = nearest(name, known)
    return WorkflowNotFoundError(
        f"there is no {what} {name!r} in this spell",
        suggestions=[f"use {near!r}"] if near else ["make it first, under this name"],
    )


def told(result: dict[str, Any]) -> dict[str, Any]:
    """Write a result with its outputs on top."""
    output = result["output"]
    return {**(output if isinstance(output, dict) else {}), **result["outputs"], **result}


def step_table(step: Any) -> dict[str, object]:
    """Describe a step."""
    table: dict[str, object] = {
        "name": step.name,
        "role": step.subject.role,
        "subject": step.subject.name,
        "output": step.output or step.name,
    }
    if step.after:
        table["depends_on"] = list(step.after)
    if step.subject.within is not None:
        table["type"] = step.subject.within.kind
        table["steps"] = [step_table(one) for one in step.subject.within.steps]
    return table


def _under(key: str, options: object, more: Mapping[str, object] | None = None) -> object:
    """Give a table as it is; anything else is the value of a key, beside others."""
    return options if isinstance(options, dict) else {key: options, **(more or {})}


def _with(options: object, more: object) -> object:
    """Put further options to a workflow or to a bare list of its steps."""
    if not isinstance(more, dict):
        return options
    table = {"steps": options} if isinstance(options, list) else options
    return {**more, **table} if isinstance(table, dict) else table
