"""Strategy: what to do about an error, as data; `recovery.py` beside this file does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.strategy_ways import DURATIONS, NEEDS, OWN, WAYS
from llmspell.bridge.definition import NO_LIST, NO_MAP, Options, option_names
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ApiUnavailableError, ValidationError, error_types
from llmspell.spec.recovery import ANY, FAMILIES, keys_for

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession


ALIKE = 0.85
"""How much a type must be like a known one to be taken for its misspelling."""
KEYS_ELSEWHERE = {"timeout": "an agent's `timeout` bounds its runs, `reset_timeout` says how long a circuit stays open"}
"""Keys that people will try -> where what they ask for is."""


class Strategy(Options):
    """What to do about an error. Keys `on_<type of error>` name a strategy for that type alone."""

    positional = "type"
    collects = "by_type"

    type: Annotated[str | None, "which way, see `ErrorStrategy`; without it the other keys decide"] = None
    operation: Annotated[Callback | None, "function to call again, for `retry`"] = None
    attempts: Annotated[int, "how often, for `retry`"] = 3
    max_retries: Annotated[int | None, "the same as `attempts`"] = None
    retry_count: Annotated[int | None, "the same as `attempts`"] = None
    delay: Annotated[Duration, "wait before the first repetition"] = 1.0  # type: ignore[assignment]  # a Duration is a float
    initial_delay: Annotated[Duration | None, "the same as `delay`"] = None
    retry_delay: Annotated[Duration | None, "the same as `delay`"] = None
    backoff: Annotated[float, "factor by which the wait grows"] = 2.0
    backoff_multiplier: Annotated[float | None, "the same as `backoff`"] = None
    max_delay: Annotated[Duration, "longest wait"] = 30.0  # type: ignore[assignment]
    value: Annotated[object, "result to use, for `fallback` and `continue_degraded`"] = None
    agent: Annotated[AgentHandle | str | None, "agent to ask instead, for `fallback`"] = None
    fallback_agent_id: Annotated[AgentHandle | str | None, "the same as `agent`"] = None
    tool: Annotated[ToolHandle | str | None, "tool to run instead, for `fallback`"] = None
    fallback_tool_name: Annotated[ToolHandle | str | None, "the same as `tool`"] = None
    input: Annotated[object, "what the agent or tool is given; what failed was given this without it"] = None
    handler: Annotated[Callback | None, "`function(error)` whose value is the result, for `handler` and `fallback`"] = (
        None
    )
    strategies: Annotated[list[object], "strategies to try one after the other, for `cascade`"] = NO_LIST
    fallback_agents: Annotated[dict[str, object], "agent that failed -> agent to ask instead, for `cascade`"] = NO_MAP
    fallback_behavior: Annotated[str | None, "name of the strategy to end with"] = None
    skip_failed_tools: Annotated[bool | None, "whether `continue_degraded` skips them"] = None
    use_cached_results: Annotated[bool | None, "whether `continue_degraded` uses them"] = None
    cache_timeout: Annotated[Duration | None, "how old a result of `fallback_to_cached` may be"] = None
    fallback_providers: Annotated[list[str], "`provider/model`, for `switch_to_fallback_provider`"] = NO_LIST
    circuit_breaker: Annotated[dict[str, object] | None, "keys of `[resilience.breaker]`, beside anything else"] = None
    failure_threshold: Annotated[int | None, "failures in a row that open the circuit, for `circuit_breaker`"] = None
    reset_timeout: Annotated[Duration | None, "how long the circuit stays open"] = None
    recovery_timeout: Annotated[Duration | None, "the same as `reset_timeout`"] = None
    after_parts: Annotated[bool, "whether a stream of which parts were read begins anew, after a part `reset`"] = False
    only: Annotated[list[str] | None, "error types it is for; others are not recovered"] = None
    by_type: Annotated[dict[str, object], "keys `on_<type>` -> strategy"] = NO_MAP

    def way(self) -> str:
        """Give the way this strategy recovers; raises `ValidationError` for one that says nothing."""
        named = None if self.type is None else snake(self.type)
        self._known()
        found = self._meant() if named is None else WAYS.get(named)
        if found is None:
            near = None if named is None else nearest(named, WAYS, alike=0.7)
            about = "kind" if named is None else f"type {named!r}"
            message = f"a strategy of no known {about}: it needs `operation`, `value`, `handler`, `agent` or `tool`"
            listed = f"types: {', '.join(dict.fromkeys(WAYS.values()))}"
            raise ValidationError(message, suggestions=[f"did you mean {near!r}?" if near else listed])
        self._whole(found, named)
        return found

    def _known(self) -> None:
        """Raise `ValidationError` for a key that is none, and for a type of error that is all but one.

        Errors of scripts may have types of their own, so one that is like no other is let through.
        """
        if not self.by_type and self.only is None:
            return
        types = {*FAMILIES, ANY, *(kind.type for kind in error_types())}
        for key in self.by_type:
            if not snake(key).startswith("on_"):
                near = nearest(snake(key), option_names(type(self)))
                said = KEYS_ELSEWHERE.get(snake(key)) or (f"write {near!r}" if near else "see `ErrorStrategy`")
                message = f"a strategy has no key {key!r}"
                raise ValidationError(message, suggestions=[said])
        for kind in (*self.by_key(), *self.types()):
            near = None if kind in types else nearest(kind, types, alike=ALIKE)
            if near is not None:
                message = f"there is no type of error {kind!r}"
                raise ValidationError(message, suggestions=[f"did you mean {near!r}?"])

    def _whole(self, way: str, named: str | None) -> None:
        """Raise `ValidationError` when what the way needs is missing."""
        several = self.strategies or self.fallback_agents or self.fallback_behavior or self.circuit_breaker
        needs = {
            "cascade": (several or self.retry_count or self.max_retries, "strategies to try one after the other"),
            "handler": (self.handler, "`handler`"),
            "fallback": (self.instead(), "`agent`, `tool`, `handler` or `value`"),
            "use_fallback_agent": (self.agent or self.fallback_agent_id, "`agent`, the one to ask instead"),
            "retry_with_different_tool": (self.tool or self.fallback_tool_name, "`tool`, the one to run instead"),
        }
        for name in (way, named):
            there, keys = needs.get(name or "", (True, ""))
            if not there:
                message = f"a strategy of type {name!r} needs {keys}"
                raise ValidationError(message)

    def instead(self) -> bool:
        """Tell whether it names something to use in place of what failed."""
        named = (self.agent, self.fallback_agent_id, self.tool, self.fallback_tool_name, self.handler)
        return "value" in vars(self) or any(one is not None for one in named)

    def _meant(self) -> str | None:
        """Tell from the keys which way is meant."""
        keys = {
            "by_type": self.by_type,
            "cascade": self.strategies or self.fallback_agents or self.fallback_behavior,
            "handler": self.handler,
            "retry": self.operation or self.max_retries or self.retry_count,
            "fallback": self.instead(),
            "circuit_breaker": self.circuit_breaker or self.failure_threshold,
            "continue_degraded": self.skip_failed_tools or self.use_cached_results,
        }
        return next((way for way, given in keys.items() if given), None)

    def table(self) -> dict[str, object]:
        """Give the strategy as a script holds it, which may be read again; checks it like `way`.

        Durations are text with a unit: a bare number would not mean the same in every language.
        """
        given = {key: f"{one}s" if key in DURATIONS else one for key, one in self.given().items()}
        return {**given.pop("by_type", {}), **given, "type": self.way()}  # type: ignore[dict-item]  # a map of maps

    def tries(self) -> int:
        """Give how often to repeat."""
        return next((one for one in (self.max_retries, self.retry_count) if one is not None), self.attempts)

    def wait(self) -> float:
        """Give the seconds before the first repetition."""
        return next((one for one in (self.initial_delay, self.retry_delay) if one is not None), self.delay)

    def factor(self) -> float:
        """Give the factor by which the wait grows."""
        return self.backoff if self.backoff_multiplier is None else self.backoff_multiplier

    def parts(self, subject: str | None) -> list[object]:
        """Give the strategies of a cascade in order, of others none; `subject` is the agent that failed."""
        found: list[object] = []
        if self.way() != "cascade":
            return found
        if self.retry_count or self.max_retries:
            found.append("retry")
        found += self.strategies
        if subject in self.fallback_agents:
            found.append({"type": "fallback", "agent": self.fallback_agents[subject]})
        return [*found, *([self.fallback_behavior] if self.fallback_behavior else [])]

    def by_key(self) -> dict[str, object]:
        """Give the strategies for types of errors, by type or family."""
        return {snake(key).removeprefix("on_").removesuffix("_error"): one for key, one in self.by_type.items()}

    def for_type(self, kind: str) -> object:
        """Give the strategy for a type of error, None when there is none."""
        found = self.by_key()
        return next((found[key] for key in keys_for(kind) if key in found), None)

    def is_for(self, kind: str) -> bool:
        """Tell whether errors of a type are among those it is for."""
        return self.only is None or kind in self.types()

    def types(self) -> list[str]:
        """Give the types that `only` names."""
        return [name.removesuffix("_error") for name in self.only or ()]

    def names(self, kind: str) -> bool:
        """Tell whether it names this very type."""
        return kind in self.types() or kind in self.by_key()

    def common(self) -> dict[str, object]:
        """Give the keys that hold for a strategy which it names, too."""
        return {key: one for key, one in self.given().items() if key not in OWN}


def inner_strategy(session: SpellSession, outer: Strategy, given: object) -> Strategy:
    """Read a strategy within another one; a bare name takes the keys that stand beside it."""
    if not isinstance(given, str):
        return read_strategy(session, given)
    return Strategy(**{**outer.common(), "type": given})


def read_strategy(session: SpellSession, given: object) -> Strategy:
    """Read a strategy, its name, or a table in which it lies below `strategy`; raises `ValidationError`."""
    from llmspell.bridge.binder import vocabulary  # noqa: PLC0415 - needed again for one shape
    from llmspell.bridge.converters import converter  # noqa: PLC0415

    inner = given.get("strategy") if isinstance(given, dict) else None
    table = inner if isinstance(inner, (dict, str)) else given
    faults: list[tuple[str, str]] = []
    strategy = converter(Strategy, vocabulary(Strategy))(table, "strategy", session.bare, faults)
    if faults or not isinstance(strategy, Strategy):
        raise ValidationError("; ".join(f"{path} {sentence}" for path, sentence in faults))
    return strategy


def check_strategy(session: SpellSession, strategy: Strategy) -> None:
    """Raise what `way` raises for a strategy, and for those within it: a fault is told before anything has failed."""
    option = NEEDS.get(strategy.way()) or ("circuit_breaker" if strategy.circuit_breaker else None)
    if option is not None:
        require(session, option, strategy.type or strategy.way())
    for one in (*strategy.parts(None), *strategy.by_type.values()):
        check_strategy(session, inner_strategy(session, strategy, one))


def require(session: SpellSession, option: str, name: str) -> None:
    """Raise `ApiUnavailableError` when no hook set is installed that has this option of agents."""
    if not session.app.hook_sets.understands(option):
        message = f"the error strategy {name!r} guards the calls of a run, and nothing that is installed does that"
        raise ApiUnavailableError(message, suggestions=["install llmspell-resilience: pip install llmspell-resilience"])
