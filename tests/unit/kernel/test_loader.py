from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import HookDependencyError, PluginLoadError
from llmspell.kernel.discovery import PluginRef
from llmspell.kernel.selection import PluginSelection

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

BUILTIN = "@hookimpl\ndef llmspell_executors():\n    return [executor('here', 'json:dumps', 'Run here.')]\n"


def states(loader: Any) -> dict[str, str]:
    return {report.name: report.state for report in loader.reports()}


def test_a_kind_imports_only_the_plugins_that_declare_it(dists: Any, plugin_source: Any) -> None:
    dists.install("acme", plugin_source("square"), "tools")
    dists.install("other", "raise AssertionError('nobody asked for engines')", "engines")
    loader = dists.loader()
    assert states(loader) == {"acme": "pending", "other": "pending"}
    assert [component.qualified for component in loader.collect("tools")] == ["acme:square"]
    assert states(loader) == {"acme": "loaded", "other": "pending"}
    assert "other_plugin" not in sys.modules


def test_a_plugin_is_imported_once_for_all_its_kinds(dists: Any) -> None:
    source = """
        import builtins
        from llmspell.spec import hookimpl, provider, tool
        builtins.llmspell_test_imports = getattr(builtins, "llmspell_test_imports", 0) + 1
        @hookimpl
        def llmspell_tools(): return [tool("a", "json:dumps", "A.", category="c")]
        @hookimpl
        def llmspell_providers(): return [provider("b", "json:dumps", "B.")]
    """
    dists.install("acme", source, "tools providers")
    loader = dists.loader()
    found = loader.collect("tools") + loader.collect("providers") + loader.collect("tools")
    import builtins

    assert ([component.name for component in found], vars(builtins).pop("llmspell_test_imports")) == (
        ["a", "b", "a"],
        1,
    )


def test_load_order_is_builtin_installed_modules_files_folders(dists: Any, plugin_source: Any, tmp_path: Path) -> None:
    for name in ("zeta", "alpha"):
        dists.install(name, plugin_source(f"of_{name}"))
    dists.module("named.plugin", plugin_source("of_module"))
    (tmp_path / "single.py").write_text(plugin_source("of_file"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b.py").write_text(plugin_source("of_b"))
    (folder / "a.py").write_text(plugin_source("of_a"))
    (folder / "_private.py").write_text("raise AssertionError('private')")
    dists.module("core_plugin", plugin_source("of_core"))
    selection = PluginSelection.read(["named.plugin", str(tmp_path / "single.py")], config={"paths": [str(folder)]})
    loader = dists.loader(selection=selection, builtins=[PluginRef("tools", "zz_core", "core_plugin", "llmspell", "0")])
    names = [component.name for component in loader.collect("tools")]
    assert names == ["of_core", "of_alpha", "of_zeta", "of_module", "of_file", "of_a", "of_b"]
    assert [r.name for r in loader.reports()] == ["zz_core", "alpha", "zeta", "named", "single", "a", "b"]


def test_order_of_hooks_does_not_depend_on_what_was_asked_for_first(dists: Any) -> None:
    hook = "from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_before_llm_call(call): ...\n"
    tools = "@hookimpl\ndef llmspell_tools(): return []\n"
    dists.install("alpha", hook, "hooks")
    dists.install("beta", hook + tools, "hooks tools")
    loader = dists.loader()
    loader.load("tools")
    assert [(i.plugin, i.load_index) for i in loader.hooks()] == [("alpha", 0), ("beta", 1)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('boom')", "failed at import: RuntimeError: boom"),
        ("raise SystemExit(1)", "failed at import: SystemExit: 1"),
        ("import no_such_module_anywhere", "failed at import: ModuleNotFoundError"),
        ("def broken(:", "failed at import: SyntaxError"),
        (
            "from llmspell.spec import hookimpl\n@hookimpl(priority=5000)\ndef llmspell_tools(): return []",
            "priority 5000",
        ),
        ("from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_tools(x): return []", "Argument(s) {'x'}"),
        ("from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_tools(): return 1/0", "raised ZeroDivisionError"),
    ],
)
def test_a_broken_plugin_is_reported_and_the_others_work(
    dists: Any, plugin_source: Any, source: str, said: str
) -> None:
    dists.install("bad", source)
    dists.install("good", plugin_source("square"))
    heard: list[tuple[str, object]] = []
    loader = dists.loader(on_change=lambda event, data: heard.append((event, data["plugin"])))
    assert [component.name for component in loader.collect("tools")] == ["square"]
    assert states(loader) == {"bad": "failed", "good": "loaded"}
    report = loader.reports()[0]
    assert said in report.error.message
    assert report.error.context == {"plugin": "bad", "dist": "bad", "version": "1.0"}
    assert ("plugin_failed", "bad") in heard
    assert ("plugin_loaded", "good") in heard
    assert [r.name for r in loader.unavailable("tools")] == ["bad"]
    assert loader.unavailable("engines") == []
    assert "bad" not in loader.registry


def test_a_failed_plugin_is_not_tried_again(dists: Any) -> None:
    dists.install("bad", "import sys; sys.llmspell_tries = getattr(sys, 'llmspell_tries', 0) + 1; raise ValueError")
    loader = dists.loader()
    loader.load("tools")
    loader.load("tools")
    assert vars(sys).pop("llmspell_tries") == 1


def test_strict_raises_each_time_the_kind_is_asked_for(dists: Any) -> None:
    dists.install("bad", "raise RuntimeError('boom')")
    loader = dists.loader(strict=True)
    for _ in range(2):
        with pytest.raises(PluginLoadError, match="boom"):
            loader.load("tools")


def test_strict_raises_for_an_unknown_hook(dists: Any) -> None:
    dists.install("new", "from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_before_dinner(): ...", "hooks")
    with pytest.raises(PluginLoadError, match="llmspell_before_dinner"):
        dists.loader(strict=True).hooks()


def test_an_unknown_hook_skips_its_plugin(dists: Any) -> None:
    dists.install("new", "from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_before_dinner(): ...", "hooks")
    loader = dists.loader()
    assert loader.hooks() == []
    assert states(loader) == {"new": "skipped"}


def test_another_major_is_skipped_with_both_versions(dists: Any) -> None:
    dists.install("acme", "raise AssertionError('never imported')", version="2.1", major=2)
    loader = dists.loader()
    assert loader.collect("tools") == []
    (report,) = loader.reports()
    assert report.state == "skipped"
    assert str(report.error) == "acme 2.1 speaks v2, this kernel speaks v1"


def test_a_distribution_may_speak_two_majors(dists: Any, plugin_source: Any) -> None:
    dists.info("acme", "1", "[llmspell.v1]\ntools.acme = acme_one\n[llmspell.v2]\ntools.acme = acme_two\n")
    dists.module("acme_one", plugin_source("square"))
    assert [component.name for component in dists.loader().collect("tools")] == ["square"]


def test_a_blocked_plugin_is_never_imported(dists: Any) -> None:
    dists.install("acme", "raise AssertionError('never imported')")
    loader = dists.loader(selection=PluginSelection.read(["no:acme"]))
    loader.load_all()
    (report,) = loader.reports()
    assert (report.state, str(report.error)) == ("blocked", "plugin acme (acme 1.0) is blocked by -p no:acme")


def test_an_undeclared_kind_fails_an_installed_plugin_but_not_a_file(
    dists: Any, plugin_source: Any, tmp_path: Path
) -> None:
    dists.install("acme", plugin_source("square"), "providers")
    (tmp_path / "mine.py").write_text(plugin_source("round"))
    loader = dists.loader(selection=PluginSelection.read([str(tmp_path / "mine.py")]))
    loader.load_all()
    assert states(loader) == {"acme": "failed", "mine": "loaded"}
    assert "declares no entry point 'tools.acme'" in loader.reports()[0].error.message
    assert [component.name for component in loader.collect("tools")] == ["round"]


def test_two_plugins_of_one_name_both_fail_and_say_how_to_choose(dists: Any, plugin_source: Any) -> None:
    dists.install("acme-one", plugin_source("a"), plugin="web")
    dists.install("acme-two", plugin_source("b"), plugin="web")
    loader = dists.loader()
    assert loader.collect("tools") == []
    for report in loader.reports():
        assert report.error.message == "the plugin name 'web' is claimed by web (acme-one 1.0) and web (acme-two 1.0)"
        assert "block one with -p no:acme-two" in report.error.suggestions
    chosen = dists.loader(selection=PluginSelection.read(["no:acme-two"]))
    assert [component.qualified for component in chosen.collect("tools")] == ["web:a"]


def test_a_built_in_keeps_its_name(dists: Any, plugin_source: Any) -> None:
    dists.module("core_plugin", plugin_source("real"))
    dists.install("evil", plugin_source("fake"), plugin="core")
    loader = dists.loader(builtins=[PluginRef("tools", "core", "core_plugin", "llmspell", "0")])
    assert [component.name for component in loader.collect("tools")] == ["real"]
    assert [report.state for report in loader.reports()] == ["loaded", "failed"]


def test_one_plugin_names_one_module(dists: Any) -> None:
    dists.info("acme", "1", "[llmspell.v1]\ntools.acme = one\nhooks.acme = two\n")
    (report,) = dists.loader().reports()
    assert "its entry points name one and two" in report.error.message


def test_a_faulty_declaration_is_a_failed_plugin(dists: Any) -> None:
    dists.info("acme", "1", "[llmspell.v1]\ntools.Acme = one\n")
    (report,) = dists.loader().reports()
    assert (report.state, "snake_case" in report.error.message) == ("failed", True)


def test_load_all_skips_kinds_nobody_knows(dists: Any) -> None:
    dists.install("acme", "raise AssertionError", "widgets")
    loader = dists.loader()
    loader.load_all()
    (report,) = loader.reports()
    assert (report.state, "a kind this version of llmspell does not have" in report.error.message) == ("skipped", True)


def test_a_file_that_is_not_there_fails(dists: Any, tmp_path: Path) -> None:
    loader = dists.loader(selection=PluginSelection.read([str(tmp_path / "absent.py")]))
    loader.load("tools")
    assert "absent.py is not there" in loader.reports()[0].error.message
    assert "llmspell_plugin_absent" not in sys.modules


def test_a_file_whose_name_cannot_name_a_plugin_fails(dists: Any, tmp_path: Path) -> None:
    loader = dists.loader(selection=PluginSelection.read([str(tmp_path / "My Plugin.py")]))
    assert loader.reports()[0].error.suggestions == ("name the file in snake_case",)


def test_a_folder_that_is_not_there_is_reported(dists: Any, tmp_path: Path) -> None:
    loader = dists.loader(selection=PluginSelection.read(config={"paths": [str(tmp_path / "absent")]}))
    assert "cannot be read" in loader.reports()[0].error.message


def test_targets_in_a_file_resolve_through_its_name(dists: Any, tmp_path: Path) -> None:
    source = (
        "from llmspell.spec import hookimpl, tool\ndef double(x: int) -> int: return 2 * x\n"
        "@hookimpl\ndef llmspell_tools(): return [tool('double', f'{__name__}:double', 'Double.', category='c')]\n"
    )
    (tmp_path / "json.py").write_text(source)
    loader = dists.loader(selection=PluginSelection.read([str(tmp_path / "json.py")]))
    (component,) = loader.collect("tools")
    assert component.target == "llmspell_plugin_json:double"
    assert sys.modules["llmspell_plugin_json"].double(4) == 8
    assert "dumps" in vars(sys.modules["json"])


def test_a_report_knows_what_loading_cost(dists: Any, plugin_source: Any) -> None:
    dists.install("acme", plugin_source("square"))
    loader = dists.loader()
    assert loader.reports()[0].seconds == 0.0
    loader.load("tools")
    assert loader.reports()[0].seconds > 0.0


def test_a_plugin_can_be_rejected_after_it_was_loaded(dists: Any, plugin_source: Any) -> None:
    dists.install("acme", plugin_source("square"))
    heard: list[str] = []
    loader = dists.loader(on_change=lambda event, _: heard.append(event))
    loader.load("tools")
    loader.reject("acme", HookDependencyError("two hooks exclude each other"))
    loader.reject("acme", HookDependencyError("again"))
    assert states(loader) == {"acme": "failed"}
    assert loader.collect("tools") == []
    assert str(loader.reports()[0].error) == "two hooks exclude each other"
    assert heard == ["plugin_loaded", "plugin_failed"]
