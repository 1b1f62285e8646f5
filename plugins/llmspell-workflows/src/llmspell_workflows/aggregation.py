"""What several steps gave, put together: by a named strategy or by a function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, WorkflowMergeError, WorkflowStepError
from llmspell.model.workflow import Fault
from llmspell.spec.recovery import FINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from llmspell.model.workflow import Definition, Outcome
    from llmspell.spec import Flow

Named = dict[str, Any]


def _list(values: Named) -> object:
    return list(values.values())


def _merge(values: Named) -> object:
    """Put maps together; two that say different things under one key are an error."""
    merged: Named = {}
    for name, value in values.items():
        if not isinstance(value, dict):
            message = f"step {name!r} gave {type(value).__name__}, and only maps can be merged"
            raise WorkflowMergeError(message, suggestions=["use the strategy `collect` or `comprehensive_merge`"])
        for key, one in value.items():
            if key in merged and merged[key] != one:
                message = f"several steps gave different values of {key!r}, the last one step {name!r}"
                raise WorkflowMergeError(message, suggestions=["use the strategy `comprehensive_merge`"])
            merged[key] = one
    return merged


def _comprehensive(values: Named) -> object:
    """Put maps together key by key: maps within them likewise, lists end to end, anything else as a list of all."""
    if not all(isinstance(value, dict) for value in values.values()):
        return dict(values)
    merged: Named = {}
    for key in dict.fromkeys(key for value in values.values() for key in value):
        there = {name: value[key] for name, value in values.items() if key in value}
        found = list(there.values())
        if all(isinstance(one, dict) for one in found):
            merged[key] = _comprehensive(there)
        elif all(isinstance(one, list) for one in found):
            merged[key] = [item for one in found for item in one]
        else:
            merged[key] = found[0] if all(one == found[0] for one in found) else found
    return merged


def _concat(values: Named) -> object:
    return "\n\n".join(one if isinstance(one, str) else _text(one) for one in values.values())


def _majority(values: Named) -> object:
    """Give what most steps gave, the first of equals."""
    texts = [_text(one) for one in values.values()]
    best = max(texts, key=texts.count, default=None)
    return next((one for one in values.values() if _text(one) == best), None)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


STRATEGIES: Mapping[str, Callable[[Named], object]] = {
    "collect": dict,
    "combine_results": dict,
    "list": _list,
    "merge": _merge,
    "comprehensive_merge": _comprehensive,
    "concat": _concat,
    "first": lambda values: next(iter(values.values()), None),
    "last": lambda values: list(values.values())[-1] if values else None,
    "majority": _majority,
    "vote": _majority,
}
"""Strategy -> what it makes of values by the names of their steps."""

OPTIONS: Mapping[str, str] = {
    "max_concurrency": "how many steps at once",
    "fail_fast": "whether the first failure ends the others",
    "require_minimum": "how many must give something",
    "strategy": f"how it is put together: {', '.join(STRATEGIES)}",
    "aggregate": "function of the results by name that puts them together",
}


def checked(definition: Definition) -> Iterator[Fault]:
    """Give what is wrong with the options that are about several steps at once."""
    options = definition.options
    for key in ("max_concurrency", "require_minimum"):
        number = options.get(key)
        if number is not None and number < 1:
            yield Fault(key, f"must be 1 or more, is {number}")
    name = options.get("strategy")
    if name is not None and name not in STRATEGIES:
        yield Fault("strategy", f"{name!r} is none of {', '.join(STRATEGIES)}")
    if name is not None and options.get("aggregate") is not None:
        yield Fault("aggregate", "and a strategy cannot both put the results together")


def alike(definition: Definition) -> Iterator[Fault]:
    """Give a fault for two steps that name one output: of those side by side nobody could tell which one counts."""
    seen: set[str] = set()
    for number, step in enumerate(definition.steps, 1):
        if step.output and step.output in seen:
            yield Fault(f"steps[{number}].output", f"is {step.output!r}, as that of another step beside it")
        seen.add(step.output)


def kept(outcome: Outcome | None) -> object:
    """Give the value of an outcome, None when there is none."""
    return outcome.value if outcome is not None and outcome.ok else None


async def put_together(flow: Flow, outcomes: Mapping[str, Outcome], total: int, otherwise: str = "collect") -> object:
    """Put together what steps gave, by their names; `otherwise` is the strategy when none is named.

    Raises `WorkflowStepError` when too few gave something: without `require_minimum` all that were not skipped must.
    """
    enough(flow, outcomes, total)
    options = flow.definition.options
    aggregate = options.get("aggregate")
    if aggregate is None:
        values = {name: one.value for name, one in outcomes.items() if one.ok}
        return STRATEGIES[options.get("strategy") or otherwise](values)
    try:
        return await flow.call(aggregate, {name: told(one) for name, one in outcomes.items()})
    except LlmspellError as error:
        if error.type in FINAL:
            raise
        message = f"the function `aggregate` of workflow {flow.definition.name!r} failed: {error.message}"
        raise WorkflowMergeError(message, suggestions=error.suggestions, context=error.context) from error


def enough(flow: Flow, outcomes: Mapping[str, Outcome], total: int) -> None:
    """Raise `WorkflowStepError` when too few steps gave something."""
    failed = {name: one.error for name, one in outcomes.items() if one.status == "failed" and one.error is not None}
    good = sum(one.ok for one in outcomes.values())
    least = flow.definition.options.get("require_minimum")
    if good >= least if least is not None else not failed or flow.definition.tolerant:
        return
    wanted = f"wanted {least}" if least is not None else "wanted all"
    listed = "; ".join(f"{name}: {getattr(one, 'message', one)}" for name, one in failed.items())
    raise WorkflowStepError(
        f"{good} of {total} steps of workflow {flow.definition.name!r} gave something, {wanted}: {listed or 'skipped'}",
        suggestions=["say how many will do with `require_minimum`, or give the steps an `error_strategy`"],
        context={"errors": {name: _error(one) for name, one in failed.items()}},
    ) from next(iter(failed.values()), None)


def told(outcome: Outcome) -> Named:
    """Write an outcome for a function: `success, data, output, error`, with the keys of a map on top."""
    table: Named = {"success": outcome.ok, "data": outcome.value, "output": outcome.value, "status": outcome.status}
    if outcome.error is not None:
        table["error"] = _error(outcome.error)
    return {**outcome.value, **table} if isinstance(outcome.value, dict) else table


def _error(error: Exception) -> Named:
    if isinstance(error, LlmspellError):
        return error.to_dict()
    return {"type": "internal", "message": str(error)}


def by_key(outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    """Give outcomes by their keys, in their order."""
    return {one.key: one for one in outcomes}
