"""What of a strategy guards the calls of a run, and in which order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.bridge.api.guards import Guards, in_turn, merged
from llmspell.bridge.api.strategy import Strategy
from llmspell.bridge.api.strategy_ways import WAYS
from llmspell.errors import ValidationError, error_types
from llmspell.spec.recovery import ANY, FAMILIES, FINAL, keys_for

SESSION = cast("Any", SimpleNamespace(bare="s"))
KINDS = sorted({kind.type for kind in error_types()})
KEYS = sorted({*KINDS, *FAMILIES, ANY})
TABLES = st.dictionaries(
    st.sampled_from(KEYS), st.lists(st.sampled_from(["a", "b", "c", "fail_fast"]), min_size=1, max_size=3), max_size=4
)


def guards(*, tool: bool = False, **strategy: Any) -> dict[str, Any]:
    return Guards(SESSION, tool=tool).read(Strategy(**strategy))


def looked_up(table: dict[str, list[str]], kind: str) -> list[str]:
    return next((table[key] for key in keys_for(kind) if key in table), [])


def until_end(actions: list[str]) -> list[str]:
    """Give what is done before nothing shall be done any more, each once."""
    reach = actions[: actions.index("fail_fast")] if "fail_fast" in actions else actions
    return list(dict.fromkeys(reach))


@given(tables=st.lists(TABLES, max_size=3), kind=st.sampled_from(KINDS))
def test_tables_put_together_do_for_every_error_what_each_does_in_turn(tables, kind) -> None:
    one_after_the_other = [action for table in tables for action in looked_up(table, kind)]
    assert until_end(looked_up(in_turn(tables), kind)) == until_end(one_after_the_other)


@given(kind=st.sampled_from(KINDS))
def test_what_is_most_exact_comes_first_and_decisions_have_no_family(kind: str) -> None:
    keys = keys_for(kind)
    assert keys[0] == kind
    assert keys == (kind,) if kind in FINAL else keys[-1] == ANY


def test_a_cascade_of_guards_keeps_its_order() -> None:
    found = guards(
        type="cascade",
        strategies=["retry_with_shorter_context", "switch_to_fallback_provider", "use_cached_results"],
        fallback_providers=["second/big"],
        cache_timeout=60.0,
    )
    on = found["recovery"].pop("on")
    assert found == {"recovery": {"fallback_providers": ["second/big"], "cache_timeout": 60.0}}
    assert on["context_length"] == ["retry_with_shorter_context", "fallback_to_cached"]
    assert on["rate_limit"] == looked_up(on, "overloaded") == ["switch_to_fallback_provider", "fallback_to_cached"]
    assert on["tool"] == ["fallback_to_cached"]


def test_keys_beside_a_name_hold_for_it() -> None:
    found = guards(by_type={"on_rate_limit": "exponential_backoff"}, attempts=6, delay=2.0, max_delay=60.0)
    rule = {"attempts": 6, "delay": 2.0, "max_delay": 60.0, "multiplier": 2.0}
    assert found == {"retry": {"per": {"rate_limit": rule}}}


def test_only_and_by_type_narrow_each_other() -> None:
    only = {"type": "retry", "only": ["overloaded", "validation"]}
    assert list(guards(by_type={"on_provider_error": only})["retry"]["per"]) == ["overloaded"]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ({"skip_failed_tools": True}, {"tool": ["skip_tool_and_continue"]}),
        ({"use_cached_results": False, "skip_failed_tools": True}, {"tool": ["skip_tool_and_continue"]}),
        ({"value": "x"}, None),
        ({"value": "x", "skip_failed_tools": True}, {"tool": ["skip_tool_and_continue"]}),
    ],
)
def test_degraded_does_what_it_says_and_both_when_it_says_nothing(strategy, expected) -> None:
    found = guards(type="continue_degraded", **strategy)
    assert found == ({} if expected is None else {"recovery": {"on": expected}})
    both = guards(type="continue_degraded")["recovery"]["on"]
    assert both["tool"] == ["fallback_to_cached", "skip_tool_and_continue"]
    assert both["provider"] == ["fallback_to_cached"]


@pytest.mark.parametrize(
    "strategies",
    [
        [{"value": 1}, "retry"],
        [{"value": 1}, "use_cached_results"],
        ["use_cached_results", "retry"],
        ["retry", "circuit_breaker"],
        [{"on_timeout": {"value": 1}}, "skip_failed_tools"],
    ],
)
def test_what_cannot_take_place_in_its_order_is_refused(strategies) -> None:
    with pytest.raises(ValidationError, match="takes place before"):
        guards(type="cascade", strategies=strategies)


def test_two_ways_to_repeat_one_error_are_refused() -> None:
    with pytest.raises(ValidationError, match="retry"):
        guards(type="cascade", strategies=[{"type": "retry", "attempts": 2}, {"type": "retry", "attempts": 3}])
    with pytest.raises(ValidationError, match="different things"):
        merged({"retry": {"attempts": 2}}, {"retry": {"attempts": 3}})


@pytest.mark.parametrize("way", ["retry_with_shorter_context", "switch_to_fallback_provider", "circuit_breaker"])
def test_what_only_models_have_is_refused_for_a_tool(way: str) -> None:
    with pytest.raises(ValidationError):
        guards(tool=True, type=way)


def test_what_stands_for_a_run_guards_no_call() -> None:
    assert guards(type="fallback", value=1) == guards(type="fail_fast") == guards(type="handler", handler=len) == {}
    assert guards(tool=True, type="skip_tool") == {}


@pytest.mark.parametrize("name", sorted(WAYS))
def test_a_strategy_is_read_again_as_what_it_is(name: str) -> None:
    needs = {"agent": "a", "tool": "t", "handler": len, "strategies": ["fail_fast"]}
    strategy = Strategy(type=name, delay=1.5, reset_timeout=60.0, **needs)
    table = strategy.table()
    assert (table["type"], table["delay"], table["reset_timeout"]) == (WAYS[name], "1.5s", "60.0s")


@pytest.mark.parametrize(
    "strategy",
    [
        {"type": "fallback"},
        {"type": "cascade"},
        {"type": "use_fallback_agent"},
        {"type": "retry_with_different_tool", "agent": "a"},
    ],
)
def test_a_strategy_without_what_it_needs_is_refused(strategy) -> None:
    with pytest.raises(ValidationError, match="needs"):
        Strategy(**strategy).way()


@pytest.mark.parametrize(
    ("strategy", "suggestion"),
    [
        ({"by_type": {"on_rate_limt": "retry"}}, "did you mean 'rate_limit'?"),
        ({"type": "retry", "only": ["timeouts"]}, "did you mean 'timeout'?"),
        ({"by_type": {"retry_counts": 3}}, "write 'retry_count'"),
        ({"type": "circuit_breaker", "by_type": {"timeout": 3}}, "an agent's `timeout` bounds its runs"),
    ],
)
def test_what_is_misspelt_is_not_taken_for_a_type_of_the_script(strategy, suggestion: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Strategy(**strategy).way()
    assert caught.value.suggestions[0].startswith(suggestion)
    assert Strategy(by_type={"on_out_of_coffee": "retry"}).way() == "by_type"
