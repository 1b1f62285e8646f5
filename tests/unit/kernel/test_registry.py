from __future__ import annotations

from textwrap import dedent
from types import ModuleType

import pytest

from llmspell.errors import HookNotFoundError, PluginLoadError
from llmspell.kernel.registry import Registry, spec_module

HEADER = "from llmspell.spec import hookimpl, tool, provider\n"


def module(source: str, name: str = "acme_plugin") -> ModuleType:
    made = ModuleType(name)
    exec(HEADER + dedent(source), vars(made))
    return made


ONE_TOOL = """
@hookimpl
def llmspell_tools():
    return [tool("square", "math:sqrt", "Square a number.", category="test")]
"""
ONE_HOOK = """
@hookimpl(priority=700, band="policy")
def llmspell_before_tool_execution(call):
    return None
"""


def test_a_plugin_is_registered_and_collected() -> None:
    registry = Registry()
    registry.register(module(ONE_TOOL), "acme", dist="acme-tools", kinds=("tools",))
    (component,) = registry.collect("tools", "acme")
    assert (component.qualified, component.dist) == ("acme:square", "acme-tools")


def test_a_kind_the_plugin_does_not_provide_collects_nothing() -> None:
    registry = Registry()
    registry.register(module(ONE_TOOL), "acme")
    assert registry.collect("providers", "acme") == []


def test_implementations_come_in_load_order_with_their_options() -> None:
    registry = Registry()
    registry.register(module(ONE_HOOK), "late", load_index=2)
    registry.register(module(ONE_TOOL + ONE_HOOK), "early", load_index=1)
    first, second = registry.implementations()
    assert (first.plugin, first.load_index, second.plugin) == ("early", 1, "late")
    assert (first.point, first.options.priority, first.options.band) == ("before_tool_execution", 700, "policy")
    assert first.function("a call") is None


def test_unregister_leaves_nothing() -> None:
    registry = Registry()
    registry.register(module(ONE_TOOL + ONE_HOOK), "acme")
    registry.unregister("acme")
    registry.unregister("never there")
    assert "acme" not in registry
    assert registry.implementations() == []
    assert registry.manager.hook.llmspell_tools.get_hookimpls() == []


def refused(source: str, **options: object) -> PluginLoadError:
    """Register a faulty plugin and check that nothing of it is kept."""
    registry = Registry()
    with pytest.raises(PluginLoadError) as caught:
        registry.register(module(ONE_TOOL + source), "acme", **options)  # type: ignore[arg-type]
    assert "acme" not in registry
    assert not registry.manager.has_plugin("acme")
    assert all(not caller.get_hookimpls() for caller in vars(registry.manager.hook).values())
    return caught.value


def test_an_unknown_hook_names_both_versions() -> None:
    registry = Registry()
    source = module("@hookimpl\ndef llmspell_before_dinner(call): ...\n")
    with pytest.raises(
        HookNotFoundError, match=r"llmspell_before_dinner, which llmspell \S+ \(plugin API v1\)"
    ) as caught:
        registry.register(source, "acme")
    assert any("optionalhook" in remedy for remedy in caught.value.suggestions)
    assert "acme" not in registry


def test_a_module_of_the_contract_that_is_no_kind_is_no_hook() -> None:
    with pytest.raises(HookNotFoundError):
        Registry().register(module("@hookimpl\ndef llmspell_files(): ...\n"), "acme")


def test_an_optional_unknown_hook_is_left_out() -> None:
    registry = Registry()
    registry.register(
        module("@hookimpl(optionalhook=True)\ndef llmspell_before_dinner(call): ...\n" + ONE_HOOK), "acme"
    )
    assert [implementation.point for implementation in registry.implementations()] == ["before_tool_execution"]


def test_wrong_arguments_are_refused_with_both_lists() -> None:
    error = refused("@hookimpl\ndef llmspell_before_tool_execution(call, weather): ...\n")
    assert "acme_plugin" in error.message
    assert "is given (call, ctx), not weather" in error.message


@pytest.mark.parametrize("option", ["wrapper", "hookwrapper", "tryfirst", "trylast"])
def test_options_of_pluggy_that_mean_nothing_here_are_refused(option: str) -> None:
    source = f"""
from pluggy import HookimplMarker
@HookimplMarker("llmspell")({option}=True)
def llmspell_before_tool_execution(call):
    yield
"""
    error = refused(source)
    assert f"marked with {option}=, which llmspell does not use" in error.message
    assert error.suggestions


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("priority=1001", "priority 1001 is not a whole number within 0-1000"),
        ("priority=-1", "priority -1"),
        ("priority=True", "priority True"),
        ("priority='high'", "priority 'high'"),
        ("band='outside'", "there is no band 'outside'"),
        ("timeout=0", "timeout 0 is not a positive number"),
    ],
)
def test_wrong_options_are_refused(options: str, said: str) -> None:
    assert said in refused(f"@hookimpl({options})\ndef llmspell_before_tool_execution(call): ...\n").message


def test_a_hook_without_its_mark_is_refused() -> None:
    assert "is not marked with @hookimpl" in refused("def llmspell_before_tool_execution(call): ...\n").message


def test_a_hook_that_is_no_function_is_refused() -> None:
    source = "from functools import partial\nllmspell_before_tool_execution = partial(print)\n"
    assert "is a partial, not a function" in refused(source).message


def test_an_around_hook_must_be_async() -> None:
    source = "@hookimpl\ndef llmspell_around_tool_execution(call, proceed): return proceed(call)\n"
    assert "must be 'async def'" in refused(source).message


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("@hookimpl\nasync def llmspell_around_llm_call(call)", "must take `proceed`"),
        ("@hookimpl(timeout=1.0)\nasync def llmspell_around_llm_call(call, proceed)", "`timeout` cannot bound it"),
    ],
)
def test_what_a_hook_table_refuses_fails_the_plugin(head: str, said: str) -> None:
    error = refused(f"{head}: ...\n")
    assert said in error.message
    assert "llmspell_around_llm_call in " in error.message


def test_an_undeclared_kind_is_refused() -> None:
    error = refused("", kinds=("providers",))
    assert "declares no entry point 'tools.acme'" in error.message


def test_undeclared_hooks_are_refused() -> None:
    error = refused(ONE_HOOK, kinds=("tools",))
    assert "declares no entry point 'hooks.acme'" in error.message


def test_a_module_registered_twice_is_refused() -> None:
    registry = Registry()
    one = module(ONE_TOOL)
    registry.register(one, "first")
    with pytest.raises(PluginLoadError, match="already registered"):
        registry.register(one, "second")
    assert "second" not in registry
    assert len(registry.collect("tools", "first")) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise RuntimeError('boom')", "raised RuntimeError: boom"),
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("return None", "must return a list of components, not NoneType"),
        ("return [42]", "returned 42, which is not a component"),
        ("return [provider('p', 'a:b', 'P.')]", "returned the provider 'p'"),
        ("return [tool('Bad-Name', 'a:b', 'B.', category='c')]", "is not snake_case"),
        ("return [tool('x', 'no target', 'B.', category='c')]", "is not 'package.module:attribute'"),
        ("return [tool('x', 'a:b', 'X.', category='c'), tool('x', 'a:c', 'X.', category='c')]", "the name 'x' twice"),
        ("return [tool('x', 'a:b', 'X.', category='c', aliases=['x'])]", "the name 'x' twice"),
    ],
)
def test_a_faulty_collection_is_refused(body: str, said: str) -> None:
    registry = Registry()
    registry.register(module(f"@hookimpl\ndef llmspell_tools():\n    {body}\n"), "acme")
    with pytest.raises(PluginLoadError) as caught:
        registry.collect("tools", "acme")
    assert said in caught.value.message
    assert "plugin 'acme'" in caught.value.message


def test_kinds_are_found_by_their_module() -> None:
    assert spec_module("tools") is not None
    assert spec_module("files") is None
    assert spec_module("widgets") is None
