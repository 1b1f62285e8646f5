"""The five lazy gates: what a command may import, asked of `sys.modules` in a fresh process.

Start-up speed is a promise about imports, so it is tested as one: a clock would only blame the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.arch.conftest import Distribution

PROBE = """
import sys
from llmspell.cli.main import main
sys.argv = ["llmspell", *sys.argv[2:]]
try:
    status = main()
except SystemExit as stop:
    status = stop.code
import json, os
with open(os.environ["LLMSPELL_PROBE"], "w") as report:
    json.dump({"status": status or 0, "modules": sorted(sys.modules)}, report)
"""
CONVERTERS = {"attr", "attrs", "cattrs", "msgspec", "jsonschema_rs", "re2"}
CLIENTS = {"httpx", "httpcore", "h11", "anyio", "tenacity"}  # ssl comes with asyncio
ENGINES = {"lupa", "py_mini_racer"}
METADATA = {"importlib_metadata", "importlib.metadata", "email"}
MACHINERY = {"pluggy", "asyncio", "llmspell.runtime", "llmspell.services", "llmspell.bridge"}


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return Loaded(tmp_path)


class Loaded:
    """Run one command in a fresh interpreter, in an empty folder, and tell what it had imported when it ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *command: str) -> set[str]:
        report = self.folder / "modules.json"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LLMSPELL_")}
        home = {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder), "LLMSPELL_PROBE": str(report)}
        done = subprocess.run(
            [sys.executable, "-c", PROBE, "--", *command],
            cwd=self.folder,
            env=kept | home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert report.is_file(), done.stderr
        found = json.loads(report.read_text(encoding="utf-8"))
        assert found["status"] == 0, done.stdout + done.stderr
        return set(found["modules"])


def packages(plugins: list[Distribution]) -> set[str]:
    return {dist.package.name for dist in plugins}


def test_gate_one_version_imports_nothing_but_its_own_number(loaded: Loaded) -> None:
    modules = loaded("--version")
    assert modules & (CONVERTERS | CLIENTS | ENGINES | METADATA | MACHINERY) == set()
    assert {"argparse", "typing", "llmspell.spec", "llmspell.kernel"} & modules == set()


def test_gate_one_help_learns_plugin_verbs_from_names_alone(loaded: Loaded, plugins: list[Distribution]) -> None:
    modules = loaded("--help")
    assert modules & (CONVERTERS | CLIENTS | ENGINES | METADATA | MACHINERY | packages(plugins)) == set()


def test_gate_one_completion_of_a_flag_is_answered_from_the_table(loaded: Loaded, plugins: list[Distribution]) -> None:
    modules = loaded("__complete", "--", "run", "--")
    assert modules & (CONVERTERS | CLIENTS | ENGINES | METADATA | packages(plugins)) == set()
    assert modules & {"argparse", "asyncio", "llmspell.runtime", "llmspell.bridge"} == set()


def test_gate_two_plugin_names_import_no_plugin(loaded: Loaded, plugins: list[Distribution]) -> None:
    modules = loaded("plugins", "list")
    assert modules & (CONVERTERS | CLIENTS | ENGINES | packages(plugins)) == set()


def test_gate_three_the_catalogue_of_a_kind_imports_front_doors_of_that_kind_only(
    loaded: Loaded, plugins: list[Distribution]
) -> None:
    modules = loaded("tools", "list")
    assert modules & (CONVERTERS | CLIENTS | ENGINES) == set()
    asked = {dist.package.name for dist in plugins if any(name.startswith("tools.") for name in dist.entry_points)}
    ours = {name for name in modules if name.split(".")[0] in packages(plugins)}
    assert ours == asked | {f"{package}.plugin" for package in asked}


def test_gate_four_one_component_imports_its_own_module(loaded: Loaded) -> None:
    modules = loaded("tools", "show", "calculator")
    assert modules & (CLIENTS | ENGINES) == set()
    assert "llmspell_tools_utilities.plugin" in modules
    others = {"uuid_generator", "diff_calculator", "template_processor"}
    assert {name for name in modules if name.split(".")[-1].removesuffix("_tool") in others} == set()
    assert {
        name for name in modules if name.startswith("llmspell_tools_files.") and name != "llmspell_tools_files.plugin"
    } == set()


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_gate_five_a_spell_without_components_imports_one_engine_and_no_value_library(
    loaded: Loaded, plugins: list[Distribution], isolation: str
) -> None:
    (loaded.folder / "one.lua").write_text("return 1 + 1\n", encoding="utf-8")
    modules = loaded("run", "one.lua", "--isolation", isolation)
    assert modules & (CONVERTERS | CLIENTS) == set()
    assert ("lupa" in modules) == (isolation == "inline")
    told = ("engines.", "script_modules.")  # which endings they run, and which names scripts may write
    asked = {dist.package.name for dist in plugins if any(name.startswith(told) for name in dist.entry_points)}
    doors = asked | {f"{package}.plugin" for package in asked}
    ours = {name for name in modules if name.split(".")[0] in packages(plugins) - {"llmspell_engine_lua"}}
    assert ours <= doors
