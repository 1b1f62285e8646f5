"""Workflows made of requirements and of the agents that are there, and changes to workflows that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.workflow_options import RetryOptions, StepOptions
from llmspell.bridge.definition import NO_LIST, NO_MAP, Options
from llmspell.errors import WorkflowDefinitionError, WorkflowNotFoundError
from llmspell.model.workflow import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Annotated

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.workflow import WorkflowHandle
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Step

Table = dict[str, Any]


class Requirement(Options):
    """Something that has to be done."""

    positional = "action"

    name: Annotated[str, "its name; who does it without one"] = ""
    action: Annotated[str, "what its agent shall do"] = ""
    capabilities: Annotated[str | list[str], "what who does it must be able to do"] = NO_LIST
    agent: Annotated[AgentHandle | str | None, "who does it, when that is known"] = None
    tool: Annotated[str | None, "the tool that does it, when that is known"] = None
    needs: Annotated[str | list[str], "names of what must be done before, whose results it is given"] = NO_LIST
    input: Annotated[object, "what it is given, instead of the results of what it needs"] = None
    output: Annotated[str, "name of its result"] = ""


class GenerateOptions(Options):
    """What a workflow has to do, and who may do it."""

    requirements: Annotated[list[Requirement], "what has to be done"]
    agents: Annotated[list[AgentHandle | str], "agents that may do it; all of the spell without it"] = NO_LIST
    name: Annotated[str, "name of the workflow"] = "generated"
    max_concurrency: Annotated[int | None, "how many steps at once"] = None
    retry: Annotated[RetryOptions | None, "attempts of each step"] = None
    timeout: Annotated[Duration | None, "time for all of it"] = None
    error_strategy: Annotated[str | dict[str, object] | None, "what to do when a step fails"] = None


class AdaptOptions(Options):
    """What changes of a workflow, also while it runs: steps that have not begun."""

    add: Annotated[list[StepOptions], "steps to add at the end"] = NO_LIST
    replace: Annotated[dict[str, object], "name of a step -> the step that takes its place"] = NO_MAP
    remove: Annotated[list[str], "names of steps to leave out"] = NO_LIST
    retry: Annotated[RetryOptions | None, "attempts of the steps that are left"] = None
    timeout_per_step: Annotated[Duration | None, "time for one attempt of the steps that are left"] = None
    only: Annotated[list[str], "steps that `retry` and `timeout_per_step` are for; all without it"] = NO_LIST


def generated(session: SpellSession, options: GenerateOptions) -> Table:
    """Give the options of a graph that does what is required, each part by the agent that is able to.

    Raises `WorkflowDefinitionError` with every requirement that nobody meets.
    """
    faults: list[Fault] = []
    chosen = _Choice(session, options.agents)
    steps = [
        _step(one, chosen, f"requirements[{number}]", faults) for number, one in enumerate(options.requirements, 1)
    ]
    if faults:
        listed = "; ".join(f"{one.path} {one.message}" for one in faults)
        raise WorkflowDefinitionError(
            f"workflow {options.name!r} cannot be made: {listed}",
            suggestions=["make an agent with these `capabilities`, or name the `agent` or `tool`"],
            context={"faults": [one.table() for one in faults]},
        )
    own = {key: one for key, one in options.given().items() if key in ("max_concurrency", "error_strategy")}
    table: Table = {"name": options.name, **own, "steps": steps}
    if options.timeout is not None:
        table["timeout"] = f"{options.timeout}s"
    if options.retry is not None:  # durations as text: a bare number would not mean the same in every language
        given = options.retry.given()
        table["retry"] = {key: f"{one}s" if key in ("delay", "max_delay") else one for key, one in given.items()}
    return table


def _step(one: Requirement, chosen: _Choice, path: str, faults: list[Fault]) -> Table:
    needs = [one.needs] if isinstance(one.needs, str) else list(one.needs)
    step: Table = {key: value for key in ("name", "action", "output") if (value := getattr(one, key))}
    if needs:
        step["depends_on"] = needs
    if one.input is not None:
        step["input"] = one.input
    elif needs:
        step["input"] = "{{previous}}"
    if one.tool is not None:
        return {**step, "tool": one.tool}
    wanted = [one.capabilities] if isinstance(one.capabilities, str) else list(one.capabilities)
    found = one.agent if one.agent is not None else chosen.able(wanted) if wanted else None
    if found is None:
        nobody = f"asks for {', '.join(wanted)}, of which nobody is able"
        faults.append(Fault(path, nobody if wanted else "says not who: `capabilities`, `agent` or `tool`"))
    return {**step, "agent": found}


class _Choice:
    """The agents that may be chosen: the best match first, of equals the one with least to do."""

    def __init__(self, session: SpellSession, agents: Sequence[AgentHandle | str]) -> None:
        from llmspell.bridge.api.agent import Agents  # noqa: PLC0415 - a workflow need not have agents

        known = session.namespace(Agents)
        self._agents = [known.found(one) for one in agents] or known.list_()
        self._tasks: dict[str, int] = {}

    def able(self, wanted: Sequence[str]) -> AgentHandle | None:
        """Give the agent that has all of these capabilities, None when there is none."""
        able = [one for one in self._agents if set(wanted) <= {*one.agent.config.capabilities, *_template(one)}]
        if not able:
            return None
        best = min(able, key=lambda one: self._tasks.get(one.agent.name, 0))
        self._tasks[best.agent.name] = self._tasks.get(best.agent.name, 0) + 1
        return best


def _template(agent: AgentHandle) -> tuple[str, ...]:
    return () if agent.built is None else tuple(agent.built.template.capabilities)


async def adapt(handle: WorkflowHandle, options: AdaptOptions) -> Table:
    """Change a workflow between steps and tell what changed: `{modification, added, replaced, removed, changed}`.

    `modification` is `none`, `minor` (how steps are done) or `major` (which steps there are).

    Raises `WorkflowNotFoundError` for a step that is not there, `WorkflowStateError` for one that has begun, and
    `WorkflowDefinitionError`; the workflow stays as it is then.
    """
    from llmspell.bridge.api.workflow_reading import Reader, policy  # noqa: PLC0415 - it reads workflows
    from llmspell.bridge.api.workflow_rescue import rescued  # noqa: PLC0415 - likewise

    workflow = handle.workflow
    steps = {step.name: step for step in workflow.definition.steps}
    _there(handle, steps, [*options.remove, *options.replace, *options.only])
    reader = Reader(handle.session)
    changes: Table = {}
    if options.retry is not None:
        changes["retry"] = policy(options.retry)
    if options.timeout_per_step is not None:
        changes["timeout"] = options.timeout_per_step
    touched = [name for name in options.only or steps if changes and not _begun(handle, name)]
    found: list[Step] = []
    for name, step in steps.items():
        if name in options.remove:
            continue
        if name in options.replace:
            made = await reader.step(options.replace[name], f"replace.{name}", set(), name=name)
            found += rescued(reader, StepOptions(), [made], f"replace.{name}")
        else:
            found.append(step.replace(**changes) if name in touched else step)
    added = []
    for number, one in enumerate(options.add, 1):
        made = await reader.step(one, f"add[{number}]", {step.name for step in found})
        added.append(made.step.name)
        found += rescued(reader, StepOptions(), [made], f"add[{number}]")
    workflow.change(found, reader.faults)
    major = bool(added or options.replace or options.remove)
    return {
        "modification": "major" if major else "minor" if touched else "none",
        "added": added,
        "replaced": list(options.replace),
        "removed": list(options.remove),
        "changed": touched,
    }


def _begun(handle: WorkflowHandle, name: str) -> bool:
    """Tell whether a step has begun in a run under way."""
    under_way = (run for run in handle.workflow.runs if run.control.state in ("running", "paused"))
    return any(name in set(_names(run)) for run in under_way)


def _names(run: Any) -> Iterator[str]:
    yield from run.doing.values()
    yield from (outcome.step.name for outcome in run.outcomes.values())


def _there(handle: WorkflowHandle, steps: Mapping[str, Step], names: Sequence[str]) -> None:
    from llmspell.errors import WorkflowStateError  # noqa: PLC0415 - only for the message

    for name in names:
        if name not in steps:
            raise WorkflowNotFoundError(
                f"workflow {handle.workflow.name!r} has no step {name!r}",
                suggestions=[f"its steps: {', '.join(steps)}"],
            )
        if _begun(handle, name):
            raise WorkflowStateError(f"step {name!r} of workflow {handle.workflow.name!r} has begun: it stays as it is")
