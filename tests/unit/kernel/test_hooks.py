"""Hook tables: what they accept, what they refuse, and what they cost."""

from __future__ import annotations

import gc
import sys

import pytest

from llmspell.errors import HookDependencyError, HookError, HookNotFoundError, HookPriorityError
from llmspell.kernel.hooks import HookTable
from llmspell.spec.markers import HookOptions, hookimpl

POINT = "before_tool_execution"


def test_an_unknown_point_names_the_nearest() -> None:
    with pytest.raises(HookNotFoundError) as caught:
        HookTable().register("before_tool_execusion", lambda: None)
    assert "before_tool_execution" in caught.value.suggestions[0]


@pytest.mark.parametrize("priority", [-1, 1001])
def test_a_priority_out_of_range_is_refused(priority: int) -> None:
    with pytest.raises(HookPriorityError):
        HookTable().register(POINT, lambda: None, HookOptions(priority=priority))


@pytest.mark.parametrize("priority", [0, 1000])
def test_the_ends_of_the_range_are_accepted(priority: int) -> None:
    assert HookTable().register(POINT, lambda: None, HookOptions(priority=priority)).options.priority == priority


def test_only_process_and_run_may_name_a_band() -> None:
    run = HookTable(HookTable(), kind="run")
    run.register(POINT, lambda: None, HookOptions(band="policy"))
    with pytest.raises(HookError, match="always in band 'user'"):
        HookTable(run, kind="agent").register(POINT, lambda: None, HookOptions(band="policy"))


def test_an_unknown_band_is_refused() -> None:
    with pytest.raises(HookError, match="no hook band"):
        HookTable().register(POINT, lambda: None, HookOptions(band="ring"))


def test_a_function_may_take_any_subset_of_the_arguments() -> None:
    table = HookTable()
    assert table.register(POINT, lambda: None).argnames == ()
    assert table.register(POINT, lambda ctx: None).argnames == ("ctx",)
    assert table.register(POINT, lambda ctx, call: None).argnames == ("ctx", "call")
    assert table.register(POINT, lambda **all_of_them: None).argnames == ("call", "ctx")


def test_an_argument_the_point_does_not_have_is_refused() -> None:
    with pytest.raises(HookError, match=r"not request"):
        HookTable().register(POINT, lambda request: None)


def test_an_around_hook_must_take_proceed() -> None:
    async def around(call: object) -> object:
        return call

    with pytest.raises(HookError, match="proceed"):
        HookTable().register("around_tool_execution", around)


def test_an_around_hook_cannot_be_bounded() -> None:
    async def around(call: object, proceed: object) -> object:
        return call

    with pytest.raises(HookError, match="timeout"):
        HookTable().register("around_tool_execution", around, HookOptions(timeout=1.0))


def test_a_lifecycle_point_is_an_event() -> None:
    with pytest.raises(HookError, match="subscribe"):
        HookTable().register("system_startup", lambda event: None)


def test_a_callable_object_and_a_partial_are_hooks() -> None:
    import functools

    class Hook:
        def __call__(self, call: object) -> None: ...

    table = HookTable()
    table.register(POINT, Hook())
    table.register(POINT, functools.partial(lambda call, extra: None, extra=1))
    assert len(table.own()) == 2


def test_a_dependency_must_be_there() -> None:
    with pytest.raises(HookDependencyError, match="not registered"):
        HookTable().register(POINT, lambda: None, HookOptions(after=("nobody",)))


def test_conflicts_exclude_each_other_in_both_directions() -> None:
    table = HookTable()
    table.register(POINT, lambda: None, HookOptions(name="one", conflicts=("two",)))
    with pytest.raises(HookDependencyError, match="exclude"):
        table.register(POINT, lambda: None, HookOptions(name="two"))
    table.register(POINT, lambda: None, HookOptions(name="three"))
    with pytest.raises(HookDependencyError, match="exclude"):
        table.register(POINT, lambda: None, HookOptions(name="four", conflicts=("three",)))


def test_the_marker_carries_its_options() -> None:
    @hookimpl(priority=7, band="policy", timeout=2.0, name="mine")
    def hook(call: object) -> None: ...

    made = HookTable().register(POINT, hook)
    assert (made.name, made.options.priority, made.options.band, made.options.timeout) == ("mine", 7, "policy", 2.0)


def test_nobody_listening_is_no_plan() -> None:
    leaf = HookTable(HookTable(HookTable()))
    assert leaf.plan("tool_execution") is None


def test_registering_in_a_leaf_keeps_the_plans_of_others() -> None:
    process = HookTable()
    process.register(POINT, lambda: None)
    one, two = HookTable(process, kind="agent"), HookTable(process, kind="agent")
    two.register(POINT, lambda: None)
    kept = (process.plan("tool_execution"), two.plan("tool_execution"))
    one.register(POINT, lambda: None)
    assert (process.plan("tool_execution"), two.plan("tool_execution")) == kept
    assert process.plan("tool_execution") is kept[0]
    assert two.plan("tool_execution") is kept[1]


def test_a_dropped_table_leaves_nothing() -> None:
    process = HookTable()
    gc.collect()
    before = sys.getrefcount(process)
    for _ in range(100):
        HookTable(process, kind="agent").register(POINT, lambda: None)
    gc.collect()
    assert sys.getrefcount(process) == before
    assert process.plan("tool_execution") is None


def test_statistics_name_every_hook_in_sight() -> None:
    process = HookTable()
    process.register(POINT, lambda: None, HookOptions(name="outer"))
    agent = HookTable(process, kind="agent")
    agent.register(POINT, lambda: None, HookOptions(name="inner"))
    assert [row["name"] for row in agent.statistics()] == ["outer", "inner"]
    assert [row["name"] for row in process.statistics()] == ["outer"]
