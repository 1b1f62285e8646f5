"""Workflows as data: what is to be done, by whom, on what, and what came of each step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import evolve, field, frozen

Values = Mapping[str, object]
"""What templates and functions of a workflow are told: `input`, `previous`, `steps`, and every output by its name."""


class OneOf(dict[str, object]):
    """Values of a step that is done for each of several things, which `many` are: lists or maps.

    Templates know all of them. A function is told its own `item`: each of n would be sent n of them.
    """

    __slots__ = ("many",)

    def __init__(self, values: Values, many: Sequence[object]) -> None:
        super().__init__(values)
        self.many = many


def told(values: Values) -> dict[str, object]:
    """Give values as a function or code is told them."""
    return _without(values, values.many) if isinstance(values, OneOf) else dict(values)


def _without(values: Values, many: Sequence[object]) -> dict[str, object]:
    """Leave the things out, wherever they are in maps."""
    return {
        key: _without(value, many) if isinstance(value, dict) else value
        for key, value in values.items()
        if not any(value is one for one in many)
    }


CONDITION = "is text without `{{...}}`: write `{{gt score 5}}`, or a function"
"""What is said of a condition that is plain text."""


def plain(what: object) -> bool:
    """Tell text without `{{...}}`, which says the same each time: no condition, and no list of things, is meant so."""
    return isinstance(what, str) and "{{" not in what


Question = Callable[[Values], Awaitable[object]]
"""A function of the values; mappings and conditions may be one."""


class OnBehalf(Protocol):
    """A function that works with the rights of whoever a workflow runs for: `on_behalf` gives it for a context."""

    def on_behalf(self, ctx: Any) -> Callable[..., Awaitable[object]]:
        """Give the function with at most the rights of a context."""
        ...


UNMAPPED = object()
"""The input of a step that has none: it is given what came before."""


class Given:
    """What a step is given.

    value        the mapped input; without a mapping what the step before gave, at first the workflow's input
    mapped       whether it was mapped
    instruction  what an agent is told to do with it, as rendered text
    complete     whether that speaks of values itself, so that it says all there is to know
    values       all that was known when it began
    also         what a phase says of itself: the outputs that its own steps name
    around       the run of the workflow whose step it is, None outside of one
    within       the run of a workflow that does the step; it knows what has to be taken back
    """

    __slots__ = ("also", "around", "complete", "instruction", "mapped", "value", "values", "within")

    def __init__(
        self, value: object, values: Values, *, mapped: bool, instruction: str = "", complete: bool = False
    ) -> None:
        self.value: Any = value
        self.values = values
        self.mapped = mapped
        self.instruction = instruction
        self.complete = complete
        self.also: Values = {}
        self.around: Any = None
        self.within: Any = None


class Subject(Protocol):
    """Who does a step: an agent, a tool, a function, a workflow, or a phase of this one."""

    @property
    def role(self) -> str:
        """Give one of these words."""
        ...

    @property
    def name(self) -> str:
        """Give what it is called."""
        ...

    @property
    def arguments(self) -> Mapping[str, Any] | None:
        """Give the JSON Schema of what a tool takes, None for all others."""
        ...

    @property
    def within(self) -> Definition | None:
        """Give the definition of a workflow or phase, None for all others."""
        ...

    async def run(self, given: Given, ctx: Any) -> object:
        """Do it on behalf of a context and give what came of it, as JSON data."""
        ...


@frozen(kw_only=True)
class Retry:
    """How often a step is attempted, all in all, and how long it waits in between.

    `delay` and `max_delay` are seconds, `only` the types of errors that are worth another attempt: all without it.
    """

    attempts: int = 3
    delay: float = 1.0
    backoff: float = 2.0
    max_delay: float = 30.0
    only: tuple[str, ...] = ()


class Rescue(Protocol):
    """What stands for a step that failed."""

    async def __call__(self, error: Exception, step: Step, given: Given, ctx: Any) -> Outcome | None:
        """Give the outcome that stands in for the failure, None when there is none.

        Raises what to fail with instead.
        """
        ...


@frozen(kw_only=True, eq=False)
class Step:
    """One step.

    input        a value with `{{x}}` in it, or a function of the values; `UNMAPPED` takes what came before
    output       the name of what it gives; without one it is found under the step's own name
    condition    a template or function that says whether it is done at all; None for always
    timeout      seconds for one attempt
    after        names of steps that a graph has before it
    join         `all`: a graph begins it when each of those has ended and one gave something; `any`: when one did
    undo         the step that takes its effect back when the workflow fails later
    """

    name: str
    subject: Subject
    input: object = UNMAPPED
    instruction: str = ""
    output: str = ""
    condition: object = None
    retry: Retry | None = None
    timeout: float | None = None
    rescue: Rescue | None = None
    after: tuple[str, ...] = ()
    join: str = "all"
    undo: Step | None = None

    def replace(self, **changes: object) -> Step:
        """Return a copy with other fields."""
        return evolve(self, **changes)  # type: ignore[arg-type]  # attrs checks the names


@frozen(kw_only=True, eq=False)
class Definition:
    """A workflow.

    kind         the name of a component of the kind `workflow_kind`, which knows how its steps follow one another
    options      what only this kind has (`condition`, `items`, ...)
    input        the JSON Schema of its input; None for anything
    output       a mapping that makes its result; `UNMAPPED` takes what its kind gives
    timeout      seconds for all of it, pauses aside
    tolerant     whether it goes on when a step has failed and nothing stood in for it
    known        outputs of the workflow around a phase, of which its mappings may speak
    """

    name: str
    kind: str
    description: str = ""
    steps: tuple[Step, ...] = ()
    options: Mapping[str, Any] = field(factory=dict)
    input: Mapping[str, Any] | None = None
    output: object = UNMAPPED
    timeout: float | None = None
    tolerant: bool = False
    known: tuple[str, ...] = ()

    def replace(self, **changes: object) -> Definition:
        """Return a copy with other fields."""
        return evolve(self, **changes)  # type: ignore[arg-type]  # attrs checks the names


class Outcome:
    """What came of one step: `completed`, `skipped` (its condition did not hold), `recovered` or `failed`.

    `key` is its name, with `[2]` where it was done more than once; `seconds` is how long it took. `note` says how it
    was recovered, `also` are the outputs that the steps of a phase name, `within` is the run of a workflow that did it.
    """

    __slots__ = ("also", "attempts", "error", "key", "note", "seconds", "status", "step", "value", "within")

    def __init__(
        self,
        step: Step,
        key: str,
        status: str,
        value: object = None,
        *,
        error: Exception | None = None,
        attempts: int = 1,
        seconds: float = 0.0,
        note: Mapping[str, object] | None = None,
        also: Values | None = None,
        within: Any = None,
    ) -> None:
        self.step = step
        self.key = key
        self.status = status
        self.value = value
        self.error = error
        self.attempts = attempts
        self.seconds = seconds
        self.note = note
        self.also = also
        self.within = within

    @property
    def ok(self) -> bool:
        """Tell whether there is a value: it was completed or recovered."""
        return self.status in ("completed", "recovered")


class Fault:
    """What is wrong with a definition, and where: `steps[2].input`."""

    __slots__ = ("message", "path")

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message

    def table(self) -> dict[str, object]:
        """Give it as JSON data."""
        return {"path": self.path, "message": self.message}
