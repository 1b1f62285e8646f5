"""What is wrong with a definition, all of it at once, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import ValidationError, WorkflowCycleError, WorkflowDefinitionError
from llmspell.model.workflow import CONDITION, UNMAPPED, Fault, plain
from llmspell.runtime.workflows.names import names_in
from llmspell.runtime.workflows.values import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec.workflow_kinds import WorkflowKind

CIRCLE = "in a circle"
"""Words by which a fault is known that is about steps which wait for one another."""

MAX_STEPS = 10_000


def check(definition: Definition, kind: WorkflowKind, faults: Sequence[Fault] = ()) -> None:
    """Raise `WorkflowDefinitionError` with everything that is wrong, what others have found before it included.

    It is a `WorkflowCycleError` when nothing is wrong but circles.
    """
    found = [*faults, *_faults(definition, kind)]
    if not found:
        return
    listed = "; ".join(f"{one.path} {one.message}" for one in found)
    error = WorkflowCycleError if all(CIRCLE in one.message for one in found) else WorkflowDefinitionError
    raise error(
        f"workflow {definition.name!r} is wrong: {listed}",
        suggestions=["each fault is in `context.faults`, with its place"],
        context={"workflow": definition.name, "faults": [one.table() for one in found]},
    )


def _faults(definition: Definition, kind: WorkflowKind) -> Iterator[Fault]:
    if not definition.name:
        yield Fault("name", "is missing")
    if len(definition.steps) > MAX_STEPS:
        yield Fault("steps", f"are more than {MAX_STEPS}")
        return
    yield from _options(definition, kind)
    yield from _duplicates(definition)
    for number, step in enumerate(definition.steps, 1):
        yield from _step(definition, kind, step, f"steps[{number}]")
    if not isinstance(definition.output, Mapping) and definition.output is UNMAPPED:
        return
    known = [one for step in definition.steps for one in _called(step)]
    yield from _mapping(definition, definition.output, "output", known, ())


def _options(definition: Definition, kind: WorkflowKind) -> Iterator[Fault]:
    """Look at the options of the kind, for which it speaks itself, and at those that it does not have."""
    for key in definition.options:
        if key not in kind.options:
            hint = _near(key, kind.options) or f"; its options: {', '.join(kind.options) or 'none'}"
            yield Fault(key, f"is no option of a {definition.kind} workflow{hint}")
    given = [one for step in definition.steps for one in _called(step)]
    for key, option in definition.options.items():
        yield from _mapping(definition, option, key, given, ())
    yield from kind.check(definition)


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _duplicates(definition: Definition) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, step in enumerate(definition.steps, 1):
        if step.name in seen:
            yield Fault(f"steps[{number}].name", f"is {step.name!r}, as another step is called")
        seen.add(step.name)


def _step(definition: Definition, kind: WorkflowKind, step: Step, path: str) -> Iterator[Fault]:
    if (step.output or step.name) in OWN:
        key = "output" if step.output else "name"
        yield Fault(f"{path}.{key}", f"cannot be {step.output or step.name!r}, which means something else")
    if set(step.name) & set("/[]"):
        yield Fault(f"{path}.name", f"{step.name!r} has one of / [ ], which tell places in a run")
    done = set(kind.before(definition, step))
    yield from _after(definition, step, done, path)
    known = [one for other in definition.steps if other.name in done for one in _called(other)]
    later = [one for other in definition.steps if other.name not in done for one in _called(other)]
    yield from _own(definition, step, path, known, later)
    if step.undo is not None:  # it is done when others have been, and knows the output
        yield from _own(definition, step.undo, f"{path}.compensate", [*known, *later, "output"], ())


def _own(definition: Definition, step: Step, path: str, known: Iterable[str], later: Iterable[str]) -> Iterator[Fault]:
    """Look at what a step says of itself: bounds, mappings, arguments."""
    if step.timeout is not None and step.timeout <= 0:
        yield Fault(f"{path}.timeout", "must be longer than nothing")
    if step.retry is not None and step.retry.attempts < 1:
        yield Fault(f"{path}.retry.attempts", f"must be 1 or more, is {step.retry.attempts}")
    if step.input is not UNMAPPED:
        yield from _mapping(definition, step.input, f"{path}.input", known, later)
    if step.condition is not None:
        yield from _mapping(definition, step.condition, f"{path}.condition", known, later)
        if plain(step.condition):
            yield Fault(f"{path}.condition", CONDITION)
    yield from _mapping(definition, step.instruction, f"{path}.action", known, later)
    yield from _arguments(step, path)


def _after(definition: Definition, step: Step, done: set[str], path: str) -> Iterator[Fault]:
    """Look at the steps that a step is to come after."""
    names = [one.name for one in definition.steps]
    for name in step.after:
        if name not in names:
            yield Fault(f"{path}.depends_on", f"names {name!r}, which is no step{_near(name, names)}")
        elif name not in done:
            yield Fault(
                f"{path}.depends_on",
                f"names {name!r}, which does not come before it in a {definition.kind} workflow; make it a graph",
            )


def _called(step: Step) -> tuple[str, ...]:
    """Give the names under which others know what a step gives, and what the steps of a phase name."""
    inner = step.subject.within if step.subject.role == "phase" else None
    named = [one for inside in (inner.steps if inner else ()) for one in _called(inside) if one != inside.name]
    return (step.name, *([step.output] if step.output else []), *named)


def _mapping(
    definition: Definition, what: object, path: str, known: Iterable[str], later: Iterable[str]
) -> Iterator[Fault]:
    """Look at the templates within a mapping: their grammar, and the names of which it is certain who gives them."""
    if callable(what):
        return
    try:
        named = list(names_in(what))
    except ValidationError as error:
        yield Fault(path, f"is no template: {error.message}")
        return
    there, to_come = {*known, *definition.known, *OWN, "item", "index", "iteration", "results", "params"}, set(later)
    inputs = None if definition.input is None else set(definition.input.get("properties") or ())
    for name, member in named:
        wanted = member if name in ("input", "steps") else name
        if name == "input" and member and inputs is not None and member not in inputs:
            yield Fault(path, f"wants `input.{member}`, which the workflow is not given")
        elif name == "steps" and member and member not in there:
            yield Fault(path, f"wants the output of step {member!r}, which {_why(member, to_come)}")
        elif name not in there and name in to_come and name not in (inputs or ()):
            yield Fault(path, f"wants the output {wanted!r}, which {_why(name, to_come)}")
        elif name not in there and inputs is not None and name not in inputs:
            yield Fault(path, f"wants {name!r}, which is no input and no output of a step before it")


def _why(name: str, later: set[str]) -> str:
    return "does not come before it" if name in later else "is not there"


def _arguments(step: Step, path: str) -> Iterator[Fault]:
    """Look at the arguments of a tool that are written down: those that it must have, and those it does not know."""
    schema = step.subject.arguments
    if schema is None or not isinstance(step.input, Mapping):
        return
    from llmspell.model.schema_keys import snake  # noqa: PLC0415 - paid by workflows with tools

    properties = schema.get("properties") or {}
    given = {key if key in properties else snake(str(key)) for key in step.input}
    who = f"tool {step.subject.name!r}"
    for name in schema.get("required") or ():
        if name not in given:
            yield Fault(f"{path}.input", f"lacks {name!r}, which {who} must be given")
    if schema.get("additionalProperties") is False:
        for name in sorted(given - set(properties)):
            yield Fault(f"{path}.input.{name}", f"is no argument of {who}")
