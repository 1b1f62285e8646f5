"""The contract of a plugin module."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import pytest

from llmspell.errors import LlmspellError
from llmspell.kernel.discovery import PluginRef, scan
from llmspell.kernel.registry import HOOKS, PREFIX, Registry, spec_module
from llmspell.services.permission_rights import RIGHTS
from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from types import ModuleType

    from llmspell.spec.descriptor import Component

CONTRACT = ("llmspell.spec", "llmspell.model", "llmspell.errors")
"""What a plugin module may import of llmspell."""

LIGHT = frozenset({"collections", "contextlib", "enum", "functools", "itertools", "math", "re", "string", "typing"})
"""What it may import of the standard library: modules that the contract itself has loaded, or that cost nothing."""

MOST_LINES = 60


class PluginContract(Contract):
    """Check a plugin module.

    class TestPlugin(PluginContract):
        plugin = "llmspell_tools_web.plugin"
    """

    plugin: ClassVar[str]
    """The dotted name of the module that the entry points name."""

    def module(self) -> ModuleType:
        """Import the plugin module."""
        return importlib.import_module(self.plugin)

    def components(self) -> list[Component]:
        """Give all components of the plugin, as the kernel collects them."""
        registry = Registry()
        registered = registry.register(self.module(), "plugin")
        kinds = [hook.removeprefix(PREFIX) for hook in registered.functions]
        return [c for kind in kinds if spec_module(kind) is not None for c in registry.collect(kind, "plugin")]

    def test_plugin_imports_only_the_contract(self) -> None:
        """A plugin module is imported whenever its kind is asked for, so it may cost nothing.

        If this fails, move the import into the module that a target names, or into the hook that needs it.
        """
        own = self.plugin.partition(".")[0]
        heavy = [name for name in _probe(self.plugin)["modules"] if not _may_import(name, own)]
        assert not heavy, f"{self.plugin} imports {', '.join(heavy)}"

    def test_plugin_does_no_io(self) -> None:
        """Importing a plugin and collecting from it touches no file, socket or process.

        If this fails, move the work into the component's `open(ctx)` or its verb.
        """
        acts = _probe(self.plugin)["acts"]
        assert not acts, f"{self.plugin} does {', '.join(acts)} when it is imported or collected"

    def test_plugin_is_small(self) -> None:
        """A plugin module only describes, so that a reader sees at a glance what a distribution brings.

        If this fails, move code into other modules; blank lines do not count.
        """
        lines = [line for line in inspect.getsource(self.module()).splitlines() if line.strip()]
        assert len(lines) <= MOST_LINES, f"{self.plugin} has {len(lines)} lines; {MOST_LINES} are allowed"

    def test_plugin_registers(self) -> None:
        """Every hook exists, takes arguments that its point has, and has a valid priority and band.

        If this fails, the message says which hook and why.
        """
        try:
            registered = Registry().register(self.module(), "plugin")
        except LlmspellError as error:
            pytest.fail("; ".join([str(error), *error.suggestions]))
        assert registered.functions, f"{self.plugin} implements nothing: mark its functions with @hookimpl"

    def test_plugin_is_declared(self) -> None:
        """The entry points name exactly the kinds that the module implements; otherwise the kernel refuses the plugin.

        If this fails, correct `[project.entry-points."llmspell.v1"]` and install the distribution again.
        """
        refs = [ref for ref in scan() if ref.module == self.plugin]
        if not refs:
            pytest.skip(f"no installed distribution declares {self.plugin}")
        assert _declared(refs) == _implemented(self.module())

    def test_components_are_described(self) -> None:
        """Names, summaries and rights are what users, models and the permission prompt see.

        If this fails, write a summary of one sentence and use rights of the permission list. Names are checked where
        they are made.
        """
        faults = [fault for component in self.components() for fault in _faults(component)]
        assert not faults, "; ".join(faults)

    def test_targets_resolve(self) -> None:
        """Every target can be imported where the plugin's own dependencies are installed.

        If this fails, correct the target, or declare the missing dependency.
        """
        for component in self.components():
            module, _, attribute = component.target.partition(":")
            assert hasattr(importlib.import_module(module), attribute), f"{component.target} does not exist"


def _may_import(name: str, own: str) -> bool:
    top = name.partition(".")[0]
    if top == "llmspell":
        return own == top or any(name == allowed or name.startswith(f"{allowed}.") for allowed in CONTRACT)
    return top == own or top in LIGHT or (top.startswith("_") and top in sys.stdlib_module_names)


def _declared(refs: list[PluginRef]) -> set[str]:
    return {ref.kind for ref in refs}


def _implemented(module: ModuleType) -> set[str]:
    hooks = [hook.removeprefix(PREFIX) for hook in Registry().register(module, "plugin").functions]
    return {hook if spec_module(hook) is not None else HOOKS for hook in hooks}


def _faults(component: Component) -> list[str]:
    faults = []
    if (
        not component.summary.endswith(".")
        or component.summary != component.summary.strip()
        or "\n" in component.summary
    ):
        faults.append(f"the summary of {component.name} is not a sentence on one line: {component.summary!r}")
    unknown = sorted(component.rights - set(RIGHTS))
    if unknown:
        faults.append(f"{component.name} needs {', '.join(unknown)}, which is no right: use {', '.join(RIGHTS)}")
    return faults


@cache
def _probe(module: str) -> dict[str, list[str]]:
    """Import a plugin in a fresh process; see `probe.py`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    # -B: the bytecode that Python writes at a first import is no act of the plugin
    command = [sys.executable, "-B", "-m", "llmspell.testing.probe", module]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)  # noqa: S603
    if done.returncode:
        pytest.fail(f"importing {module} in a fresh process failed:\n{done.stderr}")
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found
