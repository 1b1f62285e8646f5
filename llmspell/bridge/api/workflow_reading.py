"""Read workflows that scripts write, in either notation, with all that is wrong with them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.workflow_options import FlowOptions, RetryOptions, StepOptions, WorkflowOptions
from llmspell.bridge.api.workflow_rescue import Made, rescued
from llmspell.bridge.api.workflow_subjects import Question
from llmspell.bridge.api.workflow_who import Who
from llmspell.bridge.binder import vocabulary
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.converters import options_converter
from llmspell.bridge.spelling import snake
from llmspell.errors import LlmspellError, WorkflowDefinitionError
from llmspell.model.workflow import UNMAPPED, Definition, Fault, Retry, Step
from llmspell.runtime.workflows.subjects import FunctionSubject, WorkflowSubject
from llmspell.runtime.workflows.workflow import Workflow, make

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Subject

BRANCHES = {"if_true": ("if_true", "true_branch"), "if_false": ("if_false", "false_branch"), "map": ("map",),
            "reduce": ("reduce",)}  # fmt: skip
"""Steps that have a key of their own -> those keys."""

KIND_KEYS = ("items", "until", "count", "max_iterations", "collect", "max_concurrency", "fail_fast", "require_minimum",
             "aggregate", "execute")  # fmt: skip
"""Options of kinds that have their own names."""

OTHERWISE = {
    "for_each": "items",
    "until_condition": "until",
    "times": "count",
    "while_condition": "while",
    "merge_strategy": "strategy",
}
"""Further names of them."""

NOT_DURABLE = (
    "wants a durable run: `llmspell run --durable`, or `durable = true` in llmspell.toml; without one a workflow "
    "begins anew when its process ends"
)

MAX_DEPTH = 32
"""Phases within each other."""


class Reader:
    """Read one workflow; `faults` collects what is wrong with it and with the phases within it.

    `itself` is the agent that `self` means, in a workflow of its template.
    """

    def __init__(self, session: SpellSession, itself: AgentHandle | None = None) -> None:
        self.session = session
        self.faults: list[Fault] = []
        self.who = Who(session, self.faults, itself)
        self.strategy: object = None
        """The error strategy of the whole workflow, for steps within phases, too."""
        self._depth = 0
        self._known: list[str] = []
        """The outputs of the steps that were read before."""

    async def workflow(self, kind: str, given: object) -> Workflow:
        """Read a workflow and make it; raises `WorkflowDefinitionError` with every fault."""
        options = self.options(WorkflowOptions, _whole(given), "")
        self.strategy = options.error_strategy
        self._checkpoints(options)
        return await self._made(kind or snake(options.type) or "sequential", options, "")

    async def _made(self, kind: str, options: Any, path: str, *, name: str = "") -> Workflow:
        """Make a workflow, or a phase, of its options."""
        outer = list(self._known)
        steps = await self._steps(options, path)
        self._known = outer
        about = Definition(
            name=name or options.name or kind,
            kind=kind,
            description=getattr(options, "description", ""),
            steps=tuple(steps),
            options=self._kind_options(kind, options, path),
            input=self._schema(getattr(options, "input", None), path) if not name else None,
            output=UNMAPPED if name or options.output is None else mapping(options.output),
            timeout=options.max_execution_time or (None if name else options.timeout),
            tolerant=options.continue_on_error,
            known=tuple(outer),
        )
        if path:
            return await self._phase(about, path)
        return await make(self.session.app, about, self.faults)

    async def _phase(self, about: Definition, path: str) -> Workflow:
        """Make a phase; its faults are those of the workflow around it."""
        try:
            return await make(self.session.app, about)
        except WorkflowDefinitionError as error:
            self.faults += [Fault(f"{path}.{one['path']}", str(one["message"])) for one in error.context["faults"]]  # type: ignore[attr-defined]
        except LlmspellError as error:
            near = "".join(f"; {one}" for one in error.suggestions[:1])
            self.faults.append(Fault(f"{path}.type", f"{error.message}{near}"))
        return Workflow(about, None)  # type: ignore[arg-type]  # it is never run: there are faults

    def options(self, kind: type[FlowOptions], given: object, path: str) -> Any:
        """Convert a table and take note of what is wrong with it."""
        faults: list[tuple[str, str]] = []
        found = options_converter(kind, vocabulary(kind))(given, path, self.session.bare, faults)
        if isinstance(found, WorkflowOptions) and found.config:
            found = self._opened(found, faults)
        self.faults += [Fault(at or "workflow", message) for at, message in faults]
        return kind() if found is None else found

    def _opened(self, options: WorkflowOptions, faults: list[tuple[str, str]]) -> Any:
        """Put the options that stand below `config` on top."""
        convert = options_converter(WorkflowOptions, vocabulary(WorkflowOptions))
        below = convert(options.config, "config", self.session.bare, faults)
        own = {key: value for key, value in options.given().items() if key != "config"}
        return WorkflowOptions(**{**below.given(), **own})

    def _checkpoints(self, options: WorkflowOptions) -> None:
        """Take note of checkpoints that nobody would keep; a durable run keeps every step, whatever is asked for."""
        asked = [key for key in ("save_checkpoints", "checkpoint_interval") if getattr(options, key)]
        if options.checkpoint_interval is not None and options.checkpoint_interval < 1:
            self.faults.append(Fault("checkpoint_interval", f"must be 1 or more, is {options.checkpoint_interval}"))
        if not self.session.run.journal.active:
            self.faults += [Fault(key, NOT_DURABLE) for key in asked]

    # -- steps ---------------------------------------------------------------------------------------------------------

    async def _steps(self, options: FlowOptions, path: str) -> list[Step]:
        found: list[Made] = []
        taken: set[str] = set()
        head = f"{path}." if path else ""
        for key in ("steps", "branches", "agents", "body"):
            given = getattr(options, key)
            listed = given if isinstance(given, list) else [] if given in (None, {}) else [given]
            found += [
                await self.step(one, f"{head}{key}[{number}]", taken, options) for number, one in enumerate(listed, 1)
            ]
        tools = enumerate(getattr(options, "tools", ()), 1)
        found += [await self.step({"tool": one}, f"{head}tools[{number}]", taken, options) for number, one in tools]
        for name, keys in BRANCHES.items():
            for key in keys:
                if (given := getattr(options, key)) is not None:
                    found.append(await self.step(given, f"{head}{key}", taken, options, name=name))
        return rescued(self, options, found, path)

    async def step(
        self, given: object, path: str, taken: set[str], around: FlowOptions | None = None, *, name: str = ""
    ) -> Made:
        """Read a step; `taken` are the names that others have, `around` what holds for all."""
        options: StepOptions = self.options(StepOptions, given, path)
        subject = await self._subject(options, path)
        own = name or options.name or options.id
        called = own or _free(options.output or ("" if subject.role == "function" else subject.name), taken)
        taken.add(called)
        whole = around if isinstance(around, WorkflowOptions) else None  # of a phase they are about the phase
        retry = options.retry or (whole.retry if whole is not None else None)
        undo = None
        if options.compensate is not None:
            undo = await self._undo(options.compensate, f"{path}.compensate")
        timeout = options.timeout
        if timeout is None and around is not None:
            timeout = around.timeout_per_step
        inner = subject.within if subject.role == "phase" else None
        condition = None if inner is not None and inner.kind in ("conditional", "loop") else options.condition
        after = (options.depends_on,) if isinstance(options.depends_on, str) else tuple(options.depends_on)
        self._known += [called, options.output] if options.output else [called]
        step = Step(
            name=called,
            subject=subject,
            input=UNMAPPED if options.input is None else mapping(options.input),
            instruction=_instruction(options),
            output=options.output,
            condition=None if condition is None else mapping(condition),
            retry=None if retry is None else policy(retry),
            timeout=timeout,
            after=after,
            join=options.join,
            undo=undo,
        )
        return Made(step, options.error_strategy)

    async def _undo(self, given: object, path: str) -> Step:
        """Read what takes a step back, which nobody comes after."""
        outer = list(self._known)
        made = await self.step(given, path, set())
        self._known = outer
        if made.strategy is not None:
            self.faults.append(Fault(f"{path}.error_strategy", "is for steps: what takes one back may have a `retry`"))
        for key, there in (("depends_on", made.step.after), ("compensate", made.step.undo)):
            if there:
                self.faults.append(Fault(f"{path}.{key}", "is for steps, and not for what takes one back"))
        return made.step.replace(input=None) if made.step.input is UNMAPPED else made.step

    async def _subject(self, options: StepOptions, path: str) -> Subject:
        """Find who does a step."""
        phase = options.type or any(getattr(options, key) for key in ("steps", "branches", "agents", "body"))
        if phase or (options.tools and options.agent is None and options.component is None):
            return await self._inner(options, path)
        return await self.who.found(options, path)

    async def _inner(self, options: StepOptions, path: str) -> Subject:
        """Make a phase of a step that has steps of its own."""
        kind = snake(options.type) if options.type else "parallel" if options.tools or options.agents else "sequential"
        if not options.type:
            options.type = kind
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                self.faults.append(Fault(path, f"is more than {MAX_DEPTH} phases within each other"))
                return FunctionSubject(_nothing)
            name = options.name or options.id or kind
            return WorkflowSubject(await self._made(kind, options, path, name=name), phase=True)
        finally:
            self._depth -= 1

    async def add(self, workflow: Workflow, given: object, place: int) -> None:
        """Add a step to a workflow; raises `WorkflowDefinitionError`, and then leaves it as it is."""
        steps = workflow.definition.steps
        made = await self.step(given, "step", {one.name for one in steps})
        whole = (*steps[:place], *rescued(self, StepOptions(), [made], "step"), *steps[place:])
        workflow.change(whole, self.faults)

    # -- options -------------------------------------------------------------------------------------------------------

    def _kind_options(self, kind: str, options: FlowOptions, path: str) -> dict[str, Any]:
        """Gather what is for the kind to understand, functions made ready."""
        found: dict[str, Any] = {key: one for key in KIND_KEYS if (one := getattr(options, key)) is not None}
        for key, name in OTHERWISE.items():
            if (one := getattr(options, key)) is not None:
                found[name] = one
        if options.aggregation is not None:
            found |= options.aggregation.given()
        if options.condition is not None and (not path or kind in ("conditional", "loop")):
            found["while" if kind == "loop" else "condition"] = options.condition
        found |= options.options
        return {key: self._ready(key, one) for key, one in found.items()}

    @staticmethod
    def _ready(key: str, value: object) -> object:
        if not isinstance(value, Callback):
            return value
        if key != "execute":
            return Question(value)
        from llmspell.bridge.api.workflow_custom import CustomFunction  # noqa: PLC0415 - few workflows are custom

        return CustomFunction(value)

    def _schema(self, given: Mapping[str, Any] | None, path: str) -> Mapping[str, Any] | None:
        """Read what the input must be: a JSON Schema, or names with their types."""
        if given is None:
            return None
        if given.get("type") == "object" or "properties" in given:
            return {"type": "object", **given}
        from llmspell.model.schema_short import short  # noqa: PLC0415 - few workflows say what they take

        properties: dict[str, Any] = {}
        for name, one in given.items():
            try:
                properties[name] = short(one, name, "the input")[0] if isinstance(one, str) else one
            except LlmspellError as error:
                self.faults.append(Fault(f"{path}input.{name}", error.message))
        return {"type": "object", "properties": properties, "required": list(properties)}


async def _nothing(*_: object) -> None:
    """Stand for a step that could not be read."""


def mapping(value: object) -> object:
    """Give a mapping with functions of the script made ready."""
    return Question(value) if isinstance(value, Callback) else value


def policy(options: RetryOptions) -> Retry:
    """Give the policy that options of attempts mean."""
    attempts = options.attempts if options.max_attempts is None else options.max_attempts
    if options.max_retries is not None:
        attempts = options.max_retries + 1
    only = tuple(one.removesuffix("_error") for one in options.only)
    return Retry(
        attempts=attempts, delay=options.delay, backoff=options.backoff, max_delay=options.max_delay, only=only
    )


def _instruction(options: StepOptions) -> str:
    said = (options.action, options.query, options.task, options.prompt)
    return next((one for one in said if isinstance(one, str)), "")


def _whole(given: object) -> object:
    """Take a bare list of steps for a workflow."""
    return {"steps": given} if isinstance(given, list) else given


def _free(name: str, taken: set[str]) -> str:
    """Give a step that has no name one that no other has: who does it, else its number."""
    number = 2 if name else len(taken) + 1
    wanted = name or f"step_{number}"
    while wanted in taken:
        wanted = f"{name or 'step'}_{number}"
        number += 1
    return wanted
