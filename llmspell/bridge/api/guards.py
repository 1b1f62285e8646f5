"""Guards: what of a strategy is followed by the calls of models and tools within a run, as options of hook sets.

Strategies that stand for a whole run (another agent, a tool, a function, a value) can only come after those that guard
its calls: a cascade that says otherwise is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.bridge.api.strategy import inner_strategy
from llmspell.bridge.api.strategy_ways import ACTIONS, SKIP
from llmspell.bridge.spelling import snake
from llmspell.errors import ValidationError
from llmspell.model.units import parse_duration
from llmspell.spec.recovery import ANY, FAMILIES, keys_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.session import SpellSession

Table = dict[str, list[str]]
"""Type of error or family -> what is done, in order."""
STAGES = ("circuit_breaker", "retry", "the calls of the run", "the run")
CALLS, RUN = 2, 3


class Guards:
    """Compile strategies into `settings`, the options of hook sets; durations are seconds.

    `tool` says that a tool is guarded and no agent: a tool has neither conversation nor provider, and what stands for
    its result is found by who called it. Raises `ValidationError` for what cannot be followed in the order given.
    """

    def __init__(self, session: SpellSession, *, tool: bool = False) -> None:
        self.session = session
        self.tool = tool
        self.settings: dict[str, dict[str, object]] = {}

    def read(self, strategy: Strategy) -> dict[str, dict[str, object]]:
        """Give the settings of a strategy; empty when nothing of it guards a call."""
        table = self._table(strategy, None)
        if any(action != "fail_fast" for actions in table.values() for action in actions):
            self._set("recovery", "on", table)
            if strategy.after_parts:
                self._set("recovery", "after_parts", value=True)
        return self.settings

    # -- inside --------------------------------------------------------------------------------------------------------

    def _table(self, strategy: Strategy, keys: Sequence[str] | None) -> Table:
        """Compile one strategy for errors of these keys, None for all that it is meant for."""
        if strategy.circuit_breaker is not None:
            self._circuit(strategy, keys)
        if strategy.only is not None:
            keys = [one for one in strategy.types() if keys is None or any(key in keys_for(one) for key in keys)]
        way = strategy.way()
        if way == "by_type":
            found: Table = {}
            for key, inner in strategy.by_key().items():
                if keys is None or key in keys:
                    found |= self._table(inner_strategy(self.session, strategy, inner), [key])
            return found
        if way == "cascade":
            parts = [inner_strategy(self.session, strategy, one) for one in strategy.parts(None)]
            self._in_order(parts)
            return in_turn([self._table(one, keys) for one in parts])
        if way == "retry" and strategy.operation is None:
            self._retry(strategy, keys)
        elif way == "circuit_breaker" and strategy.circuit_breaker is None:
            self._circuit(strategy, keys)
        return self._actions(strategy, way, keys)

    def _actions(self, strategy: Strategy, way: str, keys: Sequence[str] | None) -> Table:
        if way == "fail_fast":
            return {key: ["fail_fast"] for key in keys or (ANY,)}
        if way == "continue_degraded":
            return self._degraded(strategy, keys)
        if way == "skip_tool":
            return {} if self.tool else {key: [SKIP] for key in keys or ("tool",)}
        if way not in ACTIONS:
            return {}
        if self.tool and way != "fallback_to_cached":
            message = f"the error strategy {way!r} is for agents: a tool has neither a conversation nor a provider"
            raise ValidationError(message)
        if way == "fallback_to_cached" and strategy.cache_timeout is not None:
            self._set("recovery", "cache_timeout", strategy.cache_timeout)
        if way == "switch_to_fallback_provider" and strategy.fallback_providers:
            self._set("recovery", "fallback_providers", list(strategy.fallback_providers))
        if strategy.after_parts:
            self._set("recovery", "after_parts", value=True)
        return {key: [way] for key in (ACTIONS[way] if keys is None else keys)}

    def _degraded(self, strategy: Strategy, keys: Sequence[str] | None) -> Table:
        """Go on without tools that fail, and with kept results: both, unless it says which, or what to use instead."""
        skip, cached = strategy.skip_failed_tools, strategy.use_cached_results
        if skip is None and cached is None and not strategy.instead():
            skip = cached = True
        kept = self._actions(strategy, "fallback_to_cached", keys) if cached else {}
        return in_turn([kept, self._actions(strategy, "skip_tool", keys) if skip else {}])

    def _retry(self, strategy: Strategy, keys: Sequence[str] | None) -> None:
        rule = {
            "attempts": strategy.tries(),
            "delay": strategy.wait(),
            "max_delay": strategy.max_delay,
            "multiplier": strategy.factor(),
        }
        if keys is None:
            for key, value in rule.items():
                self._set("retry", key, value)
        per = cast("dict[str, object]", self.settings.setdefault("retry", {}).setdefault("per", {})) if keys else {}
        for key in keys or ():
            if per.setdefault(key, rule) != rule:
                message = f"{key!r} is retried in two ways"
                raise ValidationError(message, suggestions=["say once how often, and how long to wait"])

    def _circuit(self, strategy: Strategy, keys: Sequence[str] | None) -> None:
        if self.tool or keys is not None:
            message = "a circuit breaker leaves a model alone, whatever its errors are"
            raise ValidationError(message, suggestions=["give an agent's strategy the key `circuit_breaker`"])
        for given, value in (strategy.circuit_breaker or {}).items():
            key = {"recovery_timeout": "reset_timeout"}.get(snake(given), snake(given))
            if key == "reset_timeout" and isinstance(value, (int, float, str)):
                value = parse_duration(value, bare=self.session.bare)  # noqa: PLW2901 - the same in seconds
            self._set("circuit_breaker", key, value)
        seconds = strategy.recovery_timeout if strategy.reset_timeout is None else strategy.reset_timeout
        for key, value in (("failure_threshold", strategy.failure_threshold), ("reset_timeout", seconds)):
            if value is not None:
                self._set("circuit_breaker", key, value)
        self.settings.setdefault("circuit_breaker", {})

    def _set(self, option: str, key: str, value: object) -> None:
        if self.settings.setdefault(option, {}).setdefault(key, value) != value:
            message = f"the error strategy says two things of {option}.{key}: {self.settings[option][key]} and {value}"
            raise ValidationError(message, suggestions=["say it once"])

    def _in_order(self, parts: Iterable[Strategy]) -> None:
        """Refuse a cascade whose later strategies would take place before the earlier ones."""
        reached, before = -1, ""
        for one in parts:
            found = self._stages(one)
            if found and min(found) < reached:
                message = f"{one.type or one.way()!r} takes place before {before!r}: by {STAGES[min(found)]}"
                raise ValidationError(
                    message + f", before {STAGES[reached]} has failed", suggestions=["write it further in front"]
                )
            if found:
                reached, before = max(found), one.type or one.way()

    def _stages(self, strategy: Strategy) -> set[int]:
        """Tell where a strategy and those within it take place, as indices into STAGES."""
        way = strategy.way()
        if way in ("by_type", "cascade"):
            inner = [*strategy.parts(None), *strategy.by_type.values()]
            return {one for it in inner for one in self._stages(inner_strategy(self.session, strategy, it))}
        if way == "continue_degraded":
            calls = {CALLS} if self._degraded_guards(strategy) else set()
            return calls | ({RUN} if strategy.instead() or self.tool else set())
        if way == "skip_tool":
            return {RUN if self.tool else CALLS}
        stage = {"circuit_breaker": 0, "retry": 1 if strategy.operation is None else RUN, "fail_fast": None}
        found = CALLS if way in ACTIONS else stage.get(way, RUN)
        return set() if found is None else {found}

    @staticmethod
    def _degraded_guards(strategy: Strategy) -> bool:
        flags = (strategy.skip_failed_tools, strategy.use_cached_results)
        return any(flags) or (flags == (None, None) and not strategy.instead())


def in_turn(tables: Sequence[Table]) -> Table:
    """Put tables one after the other: each error gets what the first says of it, then what the second says, ..."""
    told = [table for table in tables if table]
    if len(told) < 2:  # noqa: PLR2004 - nothing to put together
        return told[0] if told else {}
    named = {key for table in told for key in table}
    members = {kind for key in named for kind in FAMILIES.get(key, ())} - named
    found = {key: _until_end([_of(table, key) for table in told]) for key in sorted(named)}
    exact = {kind: _until_end([_of(table, kind) for table in told]) for kind in sorted(members)}
    return found | {kind: actions for kind, actions in exact.items() if actions != _of(found, kind)}


def _of(table: Mapping[str, list[str]], kind: str) -> list[str]:
    return next((table[key] for key in keys_for(kind) if key in table), [])


def _until_end(lists: Iterable[list[str]]) -> list[str]:
    found: list[str] = []
    for actions in lists:
        found += [one for one in actions if one not in found]
        if "fail_fast" in actions:
            break
    return found


def merged(
    one: Mapping[str, Mapping[str, object]], two: Mapping[str, Mapping[str, object]]
) -> dict[str, dict[str, object]]:
    """Put settings together; raises `ValidationError` where they say different things."""
    found = {option: dict(table) for option, table in one.items()}
    for option, table in two.items():
        known = found.setdefault(option, {})
        for key, value in table.items():
            if known.setdefault(key, value) != value:
                message = f"the option {option!r} and the error strategy say different things of {key!r}"
                raise ValidationError(message, suggestions=["say it in one of the two"])
    return found
