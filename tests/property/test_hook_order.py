"""The order of hooks is a law: bands, then scope depth, then priority, then load order; `after` only moves hooks
within that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import HookDependencyError
from llmspell.kernel.bands import BANDS, LAYERS
from llmspell.kernel.hooks import HookTable
from llmspell.kernel.plan import ordered
from llmspell.spec.markers import HookOptions

OPERATION = "tool_execution"
hooks = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(BANDS), st.integers(0, 1000)),
    max_size=12,
)


def tables() -> list[HookTable]:
    process = HookTable()
    run = HookTable(process, kind="run")
    session = HookTable(run, kind="session")
    return [process, run, session, HookTable(session, kind="agent")]


def register(made: list[tuple[int, str, int]]) -> list[HookTable]:
    scopes = tables()
    for number, (depth, band, priority) in enumerate(made):
        allowed = band if depth < 2 else "user"
        options = HookOptions(priority=priority, band=allowed, name=f"h{number}")
        for point in ("before_tool_execution", "after_tool_execution"):
            scopes[depth].register(point, lambda: None, options)
    return scopes


@given(hooks)
def test_before_hooks_run_outermost_first(made: list[tuple[int, str, int]]) -> None:
    plan = register(made)[3].plan(OPERATION)
    if plan is None:
        assert made == []
        return
    keys = [hook.key() for layer in plan.layers if layer for hook in layer.before]
    assert len(keys) == len(made)
    assert keys == sorted(keys)


@given(hooks)
def test_after_hooks_run_in_reverse(made: list[tuple[int, str, int]]) -> None:
    plan = register(made)[3].plan(OPERATION)
    for layer in plan.layers if plan else ():
        if layer:
            assert [h.name for h in layer.after] == [h.name for h in reversed(layer.before)]


@given(hooks)
def test_a_scope_sees_its_own_and_outer_hooks_only(made: list[tuple[int, str, int]]) -> None:
    for depth, table in enumerate(register(made)):
        plan = table.plan(OPERATION)
        seen = {h.name for layer in (plan.layers if plan else ()) if layer for h in layer.before}
        assert seen == {f"h{n}" for n, (where, _, _) in enumerate(made) if where <= depth}


@given(hooks, st.integers(0, 3))
def test_a_late_registration_reaches_every_inner_plan(made: list[tuple[int, str, int]], depth: int) -> None:
    scopes = register(made)
    for table in scopes:
        table.plan(OPERATION)
    late = scopes[depth].register("before_tool_execution", lambda: None, HookOptions(name="late"))
    for inner, table in enumerate(scopes):
        plan = table.plan(OPERATION)
        seen = {h.name for layer in (plan.layers if plan else ()) if layer for h in layer.before}
        assert ("late" in seen) == (inner >= depth)
    assert scopes[depth].remove(late)
    plan = scopes[3].plan(OPERATION)
    assert "late" not in {h.name for layer in (plan.layers if plan else ()) if layer for h in layer.before}


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=8), st.data())
def test_after_is_honoured_with_the_smallest_change(priorities: list[int], data: st.DataObject) -> None:
    table = HookTable()
    for number, priority in enumerate(priorities):
        earlier = data.draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
        options = HookOptions(priority=priority, name=f"h{number}", after=tuple(f"h{i}" for i in earlier))
        table.register("before_tool_execution", lambda: None, options)
    result = ordered(table.own())
    place = {hook.name: i for i, hook in enumerate(result)}
    for hook in result:
        assert all(place[name] < place[hook.name] for name in hook.options.after)
    assert sorted(place) == sorted(f"h{n}" for n in range(len(priorities)))


def test_bands_and_layers_agree() -> None:
    assert tuple(band for layer in LAYERS for band in layer) == BANDS


def test_after_cannot_cross_bands() -> None:
    table = HookTable()
    table.register("before_tool_execution", lambda: None, HookOptions(name="inner", band="retry"))
    with pytest.raises(HookDependencyError, match="further out"):
        table.register("before_tool_execution", lambda: None, HookOptions(name="outer", band="user", after=("inner",)))
    assert [hook.name for hook in table.own()] == ["inner"]
