"""Whatever name the rules allow, the project made of it is consistent and its plugin can be imported."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from llmspell.cli.generate_answers import Interview, context
from llmspell.cli.generate_bake import bake, files, render
from llmspell.cli.generate_kinds import template
from llmspell.cli.generate_rules import LONGEST_NAME, component, plugin
from llmspell.errors import UsageError
from llmspell.kernel.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL = template("tool")
LONG = "a" * LONGEST_NAME


def allowed(rule, *arguments):
    try:
        rule("name", *arguments)
    except UsageError:
        return False
    return True


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,9}([-_.][A-Za-z0-9]{1,9}){0,2}", fullmatch=True)
TOOLS = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(lambda name: allowed(component, name))


def project_of(home: Path, **given: object) -> tuple[Path, dict[str, object]]:
    answers = Interview(TOOL, render=render, check=lambda *_: None).complete(given)
    return bake(TOOL, answers, home), context(TOOL, answers)


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let modules of a folder be imported, and forget them afterwards."""
    known = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.path_importer_cache.pop(str(folder), None)
        for name in set(sys.modules) - known:
            if name.startswith("llmspell_tools_"):
                del sys.modules[name]


@settings(max_examples=20, deadline=None)
@given(name=NAMES, tools=st.lists(TOOLS, min_size=1, max_size=3, unique=True))
@example(name="none", tools=["none", "true"])
@example(name="example", tools=["example", "context", "counter"])
@example(name="json", tools=["json", "typing", "re"])
@example(name=LONG, tools=[LONG])
def test_any_allowed_name_makes_a_plugin(name, tools):
    assume(allowed(plugin, name, TOOL.prefix))
    with tempfile.TemporaryDirectory() as home:
        project, known = project_of(Path(home), name=name, tools=tools)
        package, plugin_name = str(known["package"]), str(known["plugin"])
        assume(package not in sys.modules)
        about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert about["name"] == known["dist"] == project.name
        assert about["entry-points"] == {"llmspell.v1": {f"tools.{plugin_name}": f"{package}.plugin"}}
        assert {f"src/{package}/{tool}.py" for tool in tools} < set(files(project))
        assert {f"tests/test_{tool}.py" for tool in tools} < set(files(project))
        with importable(project / "src"):
            registry = Registry()
            registry.register(importlib.import_module(f"{package}.plugin"), plugin_name)
            found = registry.collect("tools", plugin_name)
            assert [one.name for one in found] == tools
            for one in found:
                module, _, target = one.target.partition(":")
                assert getattr(importlib.import_module(module), target).examples


@pytest.mark.parametrize("name", ["a", LONG])
def test_the_length_of_a_name_does_not_unsettle_the_format(tmp_path, name):
    project, _ = project_of(tmp_path, name=name)
    for words in (("check",), ("format", "--check")):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache"]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
