"""Error strategies of steps: what stands in for a step that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.bridge.api.strategy import Strategy, check_strategy, inner_strategy, read_strategy
from llmspell.bridge.api.strategy_ways import NEEDS
from llmspell.bridge.api.workflow_subjects import AgentSubject, said
from llmspell.bridge.definition import option_names
from llmspell.bridge.spelling import snake
from llmspell.errors import LlmspellError, ValidationError
from llmspell.model.workflow import Fault, Outcome, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.api.workflow_options import FlowOptions
    from llmspell.bridge.api.workflow_reading import Reader
    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Given, Step
    from llmspell.runtime.context import CallContext


class StrategyRescue:
    """Follow a strategy, for one step after the other."""

    __slots__ = ("_session", "_strategy")

    def __init__(self, session: SpellSession, strategy: Strategy) -> None:
        self._session = session
        self._strategy = strategy

    async def __call__(self, error: Exception, step: Step, given: Given, ctx: CallContext) -> Outcome | None:
        """Give the outcome that stands in for a failure, None when the strategy does not help."""
        from llmspell.bridge.api.recovery import Failed, Recovery, may_recover  # noqa: PLC0415 - paid by a failure

        if not isinstance(error, LlmspellError) or not may_recover(self._strategy, error):
            return None
        told = said(given) if step.subject.role == "agent" else given.value
        recovery = Recovery(self._session, ctx, Failed("workflow_step", _failed(step), told))
        outcome = await recovery.follow(self._strategy, error)
        if not outcome["success"]:
            if recovery.error is not None and recovery.error is not error:
                raise recovery.error from error
            return None
        note = recovery.notes[-1] if recovery.notes else {"action": self._strategy.way(), "error": error.type}
        if outcome.get("skipped") or (outcome.get("degraded") and not self._strategy.instead()):
            return Outcome(step, step.name, "skipped", None, error=error, note=note)
        return Outcome(step, step.name, "recovered", outcome["data"], error=error, note=note)


def _failed(step: Step) -> str:
    """Name what failed: the agent or tool, for which another may be named; else the step."""
    return step.subject.name if step.subject.role in ("agent", "tool") else step.name


class Made(NamedTuple):
    """A step that was read, and the strategy that is its own."""

    step: Step
    strategy: object


def rescued(reader: Reader, options: FlowOptions, steps: Sequence[Made], path: str) -> list[Step]:
    """Give steps their strategies, each its own before that of the workflow; takes note of what is wrong.

    A phase has none but its own: that of the workflow is for the steps within.
    """
    by_step = _by_step(reader, options, {one.step.name for one in steps}, path)
    head = f"{path}." if path else ""
    found: list[Step] = []
    for number, (step, strategy) in enumerate(steps, 1):
        own = strategy if strategy is not None else by_step.get(step.name)
        given = own if own is not None or step.subject.role == "phase" else reader.strategy
        try:
            found.append(step if given is None else _rescued(reader.session, step, given, own=own is not None))
        except LlmspellError as error:
            found.append(step)
            near = "".join(f"; {one}" for one in error.suggestions[:1])
            place = "error_strategy" if own is None else f"{head}steps[{number}].error_strategy"
            fault = Fault(place, f"{error.message}{near}")
            if fault.table() not in [one.table() for one in reader.faults]:  # one for all steps is told once
                reader.faults.append(fault)
    return found


def _by_step(reader: Reader, options: FlowOptions, names: set[str], path: str) -> dict[str, object]:
    """Give the strategies of a workflow that names steps; one for all of them is kept by the reader."""
    given = getattr(options, "error_strategy", None)
    if path or given is None:
        return {}
    if isinstance(given, dict) and not {snake(key) for key in given} & {*option_names(Strategy), "strategy"}:
        unknown = [name for name in given if name not in names]
        reader.faults += [Fault(f"error_strategy.{name}", "is no step of the workflow") for name in unknown]
        reader.strategy = None
        return dict(given)
    return {}


def _rescued(session: SpellSession, step: Step, given: object, *, own: bool) -> Step:
    """Give a step its strategy: the guards of calls to an agent, attempts to the kernel, what stands in to itself.

    Raises `ValidationError` for one of its `own` that guards calls, of a step that is no agent; of one for all steps it
    follows the rest.
    """
    strategy = given if isinstance(given, Strategy) else read_strategy(session, given)
    check_strategy(session, strategy)
    if _guards(session, strategy):
        if isinstance(step.subject, AgentSubject):
            return step.replace(subject=step.subject.under(strategy))
        if own:
            message = "guards the calls of an agent, and this step is none"
            raise ValidationError(f"{strategy.type or strategy.way()!r} {message}")
    return step.replace(rescue=StrategyRescue(session, strategy), retry=step.retry or _attempts(session, strategy))


def _guards(session: SpellSession, strategy: Strategy) -> bool:
    """Tell whether a strategy, or one within it, guards calls."""
    inner = [inner_strategy(session, strategy, one) for one in (*strategy.parts(None), *strategy.by_type.values())]
    own = strategy.way() in NEEDS or bool(strategy.circuit_breaker)
    return own or any(_guards(session, one) for one in inner)


def _attempts(session: SpellSession, strategy: Strategy) -> Retry | None:
    """Give the attempts that a strategy means; they come before all that stands in for a failure."""
    parts = strategy.parts(None) if strategy.way() == "cascade" else [strategy]
    for part in parts:
        one = part if isinstance(part, Strategy) else inner_strategy(session, strategy, part)
        if one.way() == "retry" and one.operation is None:
            return Retry(
                attempts=one.tries() + 1,
                delay=one.wait(),
                backoff=one.factor(),
                max_delay=one.max_delay,
                only=tuple(one.types()),
            )
    return None
