"""The contract holds for a good plugin; a plugin with one fault fails exactly the test made for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

from llmspell.testing import PluginContract

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "from llmspell.spec import hookimpl, tool\n"
GOOD = HEADER + (
    "@hookimpl\ndef llmspell_tools():\n"
    "    return [tool('a', 'json:dumps', 'Do it.', category='c', needs={'fs.read'})]\n"
)


class TestBuiltIn(PluginContract):
    plugin = "llmspell.builtin.plugin"


def contract(name: str) -> type[PluginContract]:
    class Checked(PluginContract):
        plugin = name

    return Checked


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a plugin package and, when asked, the distribution that declares it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    written: list[str] = []

    def write(name: str, source: str, entry_points: str = "") -> type[PluginContract]:
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "plugin.py").write_text(source)
        if entry_points:
            info = tmp_path / f"{name}-1.0.dist-info"
            info.mkdir()
            (info / "entry_points.txt").write_text(f"[llmspell.v1]\n{entry_points}")
        written.extend([f"{name}.plugin", name])
        return contract(f"{name}.plugin")

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_a_good_plugin_passes(install: Any, failing: Any) -> None:
    assert failing(install("good", GOOD, "tools.good = good.plugin\n")) == set()


def test_the_bytecode_of_a_first_import_is_no_act(install: Any, failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert failing(install("first", GOOD, "tools.first = first.plugin\n")) == set()


def test_a_good_plugin_with_hooks_passes(install: Any, failing: Any) -> None:
    source = GOOD + "@hookimpl\ndef llmspell_before_llm_call(call): ...\n"
    assert failing(install("hooked", source, "hooks.hooked = hooked.plugin\ntools.hooked = hooked.plugin\n")) == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import httpx\n" + GOOD, "test_plugin_imports_only_the_contract"),
        ("import attrs\n" + GOOD, "test_plugin_imports_only_the_contract"),
        ("import asyncio\n" + GOOD, "test_plugin_imports_only_the_contract"),
        ("import llmspell.kernel.catalog\n" + GOOD, "test_plugin_imports_only_the_contract"),
        (GOOD.replace("    return", "    import sqlite3\n    return"), "test_plugin_imports_only_the_contract"),
        (GOOD + "open('/dev/null').close()\n", "test_plugin_does_no_io"),
        (GOOD.replace("    return", "    open('/dev/null').close()\n    return"), "test_plugin_does_no_io"),
        (GOOD + "X = 1\n" * 57, "test_plugin_is_small"),
        (GOOD.replace("Do it.", "do it"), "test_components_are_described"),
        (GOOD.replace("fs.read", "fs.everything"), "test_components_are_described"),
        (GOOD.replace("json:dumps", "json:no_such_name"), "test_targets_resolve"),
    ],
)
def test_a_fault_is_found(install: Any, failing: Any, source: str, expected: str) -> None:
    name = f"bad_{crc32(source.encode())}"
    assert failing(install(name, source, f"tools.{name} = {name}.plugin\n")) == {expected}


def test_an_undeclared_kind_is_found(install: Any, failing: Any) -> None:
    source = GOOD + "@hookimpl\ndef llmspell_before_llm_call(call): ...\n"
    assert failing(install("undeclared", source, "tools.undeclared = undeclared.plugin\n")) == {
        "test_plugin_is_declared"
    }


def test_a_kind_that_is_declared_and_not_there_is_found(install: Any, failing: Any) -> None:
    assert failing(install("empty", GOOD, "tools.empty = empty.plugin\nhooks.empty = empty.plugin\n")) == {
        "test_plugin_is_declared"
    }


def test_a_plugin_without_hooks_is_found(install: Any, failing: Any) -> None:
    assert failing(install("nothing", HEADER)) == {"test_plugin_registers"}


@pytest.mark.parametrize(
    "source",
    [
        HEADER + "@hookimpl(priority=9999)\ndef llmspell_tools(): return []\n",
        HEADER + "@hookimpl\ndef llmspell_unheard_of(): return []\n",
        HEADER + "@hookimpl\ndef llmspell_before_llm_call(call, weather): ...\n",
    ],
)
def test_a_hook_that_cannot_be_registered_is_found(install: Any, failing: Any, source: str) -> None:
    name = f"bad_{crc32(source.encode())}"
    assert "test_plugin_registers" in failing(install(name, source))


def test_an_override_without_a_reason_is_found(failing: Any) -> None:
    class Lazy(contract("llmspell.builtin.plugin")):  # type: ignore[misc]
        def test_plugin_is_small(self) -> None:
            """Switch the test off."""

    assert failing(Lazy) == {"test_contract_is_whole"}


def test_an_override_that_says_why_is_accepted(failing: Any) -> None:
    class Honest(contract("llmspell.builtin.plugin")):  # type: ignore[misc]
        @pytest.mark.xfail(reason="the command line is described here, too")
        def test_plugin_is_small(self) -> None:
            super().test_plugin_is_small()

    assert "test_contract_is_whole" not in failing(Honest)
