from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import (
    ComponentNotFoundError,
    ComponentUnavailableError,
    NameClashError,
    ToolNotFoundError,
)
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import PluginRef
from llmspell.kernel.selection import PluginSelection
from llmspell.spec import tool

if TYPE_CHECKING:
    from typing import Any

    from llmspell.spec import Component


@pytest.fixture
def catalog(dists: Any, plugin_source: Any) -> Catalog:
    dists.install("web", plugin_source("fetch", "scrape", aliases={"fetch": "get_page"}))
    dists.install("maths", plugin_source("square"))
    return Catalog(dists.loader())


def script_tool(name: str, **more: Any) -> Component:
    return tool(name, "json:dumps", f"Do {name}.", category="script", **more)


def test_a_component_is_found_by_name_alias_and_qualified_name(catalog: Catalog) -> None:
    fetch = catalog.get("tool", "fetch")
    assert fetch.qualified == "web:fetch"
    assert all(catalog.get("tool", ref) is fetch for ref in ("get_page", "web:fetch", "web:get_page"))


def test_components_are_listed_in_load_order(catalog: Catalog) -> None:
    assert [component.name for component in catalog.list("tool")] == ["square", "fetch", "scrape"]


def test_an_unknown_tool_has_a_code_and_the_nearest_names(catalog: Catalog) -> None:
    with pytest.raises(ToolNotFoundError, match="there is no tool 'fecth'") as caught:
        catalog.get("tool", "fecth")
    assert caught.value.code == 2001
    assert "did you mean 'fetch'?" in caught.value.suggestions


def test_an_unknown_component_of_another_kind(catalog: Catalog) -> None:
    with pytest.raises(ComponentNotFoundError, match="there is no storage 'tape'") as caught:
        catalog.get("storage", "tape")
    assert caught.value.suggestions


def test_a_clash_is_raised_when_the_name_is_asked_for_and_names_both_remedies(dists: Any, plugin_source: Any) -> None:
    dists.install("one", plugin_source("fetch", "solo"))
    dists.install("two", plugin_source("fetch"))
    catalog = Catalog(dists.loader())
    assert catalog.get("tool", "solo").plugin == "one"
    assert catalog.get("tool", "two:fetch").plugin == "two"
    with pytest.raises(NameClashError) as caught:
        catalog.get("tool", "fetch")
    assert caught.value.message == "the tool name 'fetch' is claimed by plugin one (one) and plugin two (two)"
    assert caught.value.suggestions == (
        "write one:fetch, or write two:fetch, or block one with -p no:one, or block one with -p no:two",
    )


def test_an_alias_clashes_with_a_name(dists: Any, plugin_source: Any) -> None:
    dists.install("one", plugin_source("fetch"))
    dists.install("two", plugin_source("load", aliases={"load": "fetch"}))
    with pytest.raises(NameClashError):
        Catalog(dists.loader()).get("tool", "fetch")


@pytest.mark.parametrize("aliases", [{}, {"other": "fetch"}])
def test_nothing_stands_in_for_a_built_in_component(dists: Any, plugin_source: Any, aliases: dict[str, str]) -> None:
    dists.module("core_plugin", plugin_source("fetch"))
    dists.install("evil", plugin_source(*(aliases or ["fetch"]), aliases=aliases))
    dists.install("good", plugin_source("push"))
    loader = dists.loader(builtins=[PluginRef("tools", "core", "core_plugin", "llmspell", "0")])
    catalog = Catalog(loader)
    assert catalog.get("tool", "fetch").plugin == "core"
    assert [one.qualified for one in catalog.list("tool")] == ["core:fetch", "good:push"]
    report = next(one for one in loader.reports() if one.name == "evil")
    assert report.state == "failed"
    assert "claims the tool name 'fetch', which is built in" in report.error.message


def test_a_plugin_that_failed_is_named_when_its_kind_is_searched(dists: Any) -> None:
    dists.install("bad", "raise RuntimeError('boom')")
    catalog = Catalog(dists.loader())
    with pytest.raises(ToolNotFoundError) as caught:
        catalog.get("tool", "fetch")
    (hint,) = caught.value.suggestions
    assert "plugin bad (bad), which may provide this tool, is failed" in hint
    assert "RuntimeError: boom" in hint


def test_of_many_plugins_that_failed_some_are_named(dists: Any) -> None:
    for number in range(5):
        dists.install(f"bad{number}", "raise RuntimeError('boom')")
    with pytest.raises(ToolNotFoundError) as caught:
        Catalog(dists.loader()).get("tool", "fetch")
    *named, rest = caught.value.suggestions
    assert len(named) == 3
    assert rest == "2 more plugins are absent; `llmspell plugins doctor` lists them"


def test_a_component_of_a_failed_plugin_is_unavailable_with_the_cause(dists: Any) -> None:
    dists.install("bad", "raise RuntimeError('boom')")
    with pytest.raises(ComponentUnavailableError, match=r"plugin bad is failed: .*boom") as caught:
        Catalog(dists.loader()).get("tool", "bad:fetch")
    assert isinstance(caught.value.__cause__.__cause__, RuntimeError)  # type: ignore[union-attr]


def test_a_component_of_a_blocked_plugin_is_unavailable(dists: Any, plugin_source: Any) -> None:
    dists.install("web", plugin_source("fetch"))
    catalog = Catalog(dists.loader(selection=PluginSelection.read(["no:web"])))
    with pytest.raises(ComponentUnavailableError, match="blocked by -p no:web"):
        catalog.get("tool", "web:fetch")


def test_a_plugin_that_fails_later_loses_what_it_had_provided(dists: Any) -> None:
    source = """
        from llmspell.spec import hookimpl, tool
        @hookimpl
        def llmspell_tools(): return [tool("fetch", "json:dumps", "F.", category="c")]
        @hookimpl
        def llmspell_providers(): raise RuntimeError("boom")
    """
    dists.install("half", source, "tools providers")
    catalog = Catalog(dists.loader())
    assert catalog.get("tool", "fetch").plugin == "half"
    assert catalog.list("provider") == []
    assert catalog.list("tool") == []


def test_a_target_is_imported_once_and_only_when_resolved(dists: Any, plugin_source: Any) -> None:
    dists.module("heavy_target", "class Fetch: ...\n")
    dists.install("web", plugin_source("fetch", module="heavy_target", attribute="Fetch"))
    catalog = Catalog(dists.loader())
    component = catalog.get("tool", "fetch")
    assert "heavy_target" not in sys.modules
    assert [health.state for health in catalog.health()] == ["known"]
    first = catalog.resolve(component)
    assert first is catalog.resolve(component) is sys.modules["heavy_target"].Fetch
    assert [(health.name, health.state, health.uses) for health in catalog.health("tool")] == [
        ("web:fetch", "resolved", 2)
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("raise SystemExit(1)", "SystemExit: 1"),
        ("import absent_library", "No module named 'absent_library'"),
        ("x = 1", "has no attribute 'Fetch'"),
    ],
)
def test_a_target_that_cannot_be_imported_is_unavailable(
    dists: Any, plugin_source: Any, target: str, said: str
) -> None:
    dists.module("bad_target", target)
    dists.install("web", plugin_source("fetch", module="bad_target", attribute="Fetch"))
    catalog = Catalog(dists.loader())
    component = catalog.get("tool", "fetch")
    for _ in range(2):
        with pytest.raises(ComponentUnavailableError) as caught:
            catalog.resolve(component)
        assert "tool 'fetch' of plugin web (web) cannot be used" in caught.value.message
        assert said in caught.value.message
        assert caught.value.suggestions
    assert [health.state for health in catalog.health()] == ["failed"]


def test_find_by_capability_category_text_and_version(dists: Any) -> None:
    source = """
        from llmspell.spec import hookimpl, tool
        @hookimpl
        def llmspell_tools():
            return [
                tool("a", "json:dumps", "Reads pages.", category="web", capabilities=["html"], version="1.2.0"),
                tool("b", "json:dumps", "Counts things.", category="maths", provides=["counting"], aliases=["tally"]),
                tool("c", "json:dumps", "Reads feeds.", category="web", version="1.10.0rc1"),
            ]
    """
    dists.install("all", source)
    catalog = Catalog(dists.loader())

    def found(**by: Any) -> str:
        return "".join(component.name for component in catalog.find("tool", **by))

    assert found() == "abc"
    assert (found(capability="html"), found(capability="counting"), found(category="web")) == ("a", "b", "ac")
    assert (found(text="READS"), found(text="tally"), found(text="nothing")) == ("ac", "b", "")
    assert (found(version="1.2"), found(version="1.3"), found(version="2")) == ("ac", "c", "")
    assert found(category="web", text="feeds") == "c"


def test_components_of_a_run_are_seen_by_it_alone_and_go_with_it(catalog: Catalog) -> None:
    mine, theirs = script_tool("mine"), script_tool("mine")
    catalog.register(mine, json.dumps, owner="run-1")
    catalog.register(theirs, json.loads, owner="run-2")
    assert catalog.get("tool", "mine", owner="run-1") is mine
    assert catalog.get("tool", "script:mine", owner="run-2") is theirs
    assert catalog.resolve(mine) is json.dumps
    assert [c.name for c in catalog.list("tool", owner="run-1")] == ["square", "fetch", "scrape", "mine"]
    catalog.release("run-1")
    with pytest.raises(ToolNotFoundError):
        catalog.get("tool", "mine", owner="run-1")
    assert catalog.get("tool", "mine") is theirs


def test_a_run_cannot_register_a_name_twice(catalog: Catalog) -> None:
    catalog.register(script_tool("mine", aliases=["also"]), json.dumps, owner="run")
    with pytest.raises(NameClashError, match="already registered by plugin script"):
        catalog.register(script_tool("also"), json.dumps, owner="run")
    assert [c.name for c in catalog.list("tool")][3:] == ["mine"]


def test_a_run_does_not_shadow_a_plugin_in_silence(catalog: Catalog) -> None:
    catalog.register(script_tool("fetch"), json.dumps, owner="run")
    with pytest.raises(NameClashError, match="plugin web \\(web\\) and plugin script"):
        catalog.get("tool", "fetch", owner="run")
    assert catalog.get("tool", "fetch", owner="another").plugin == "web"


def test_unregister_tells_whether_the_component_was_there(catalog: Catalog) -> None:
    catalog.register(script_tool("mine"), json.dumps, owner="run")
    assert catalog.unregister("tool", "mine", owner="other") is False
    assert catalog.unregister("tool", "fetch", owner="run") is False
    assert catalog.unregister("tool", "mine", owner="run") is True
    assert catalog.unregister("tool", "mine", owner="run") is False


def test_changes_are_told(dists: Any) -> None:
    heard: list[tuple[str, object, object]] = []
    catalog = Catalog(dists.loader(), on_change=lambda event, data: heard.append((event, data["name"], data["owner"])))
    catalog.register(script_tool("mine"), json.dumps, owner="run")
    catalog.release("run")
    assert heard == [("component_registered", "mine", "run"), ("component_unregistered", "mine", "run")]


def test_asking_for_engines_imports_no_tools(dists: Any) -> None:
    dists.install("web", "raise AssertionError('nobody asked for tools')", "tools")
    catalog = Catalog(dists.loader(strict=True))
    assert catalog.list("engine") == []


def test_a_hundred_plugins_with_a_broken_one(dists: Any, plugin_source: Any) -> None:
    for number in range(99):
        dists.install(f"dist-{number}", plugin_source(f"tool_{number}"), plugin=f"p{number}")
    dists.install("bad", "raise RuntimeError")
    catalog = Catalog(dists.loader())
    assert len(catalog.list("tool")) == 99
    assert catalog.get("tool", "tool_42").plugin == "p42"


def test_nothing_heavy_is_imported_for_a_look_up(dists: Any, plugin_source: Any) -> None:
    dists.install("web", plugin_source("fetch", module="heavy_target"))
    dists.module("heavy_target", "dumps = None\n")
    heavy = ("attr", "cattrs", "msgspec", "httpx", "jsonschema_rs", "asyncio", "importlib_metadata", "heavy_target")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from llmspell.kernel.catalog import Catalog\n"
        "from llmspell.kernel.discovery import scan\n"
        "from llmspell.kernel.loader import Loader\n"
        "catalog = Catalog(Loader(scan(sys.argv[1:])))\n"
        "assert catalog.get('tool', 'fetch')\n"
        f"print(*[module for module in {heavy!r} if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(dists.path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
