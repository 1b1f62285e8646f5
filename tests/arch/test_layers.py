"""The import contracts cover every plugin; `lint-imports` then enforces them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.arch.conftest import Distribution

FRONT_DOOR_CAP = 60


def contract(tools: dict[str, Any], start: str) -> dict[str, Any]:
    (found,) = [one for one in tools["importlinter"]["contracts"] if one["name"].startswith(start)]
    return dict(found)


def modules(plugins: list[Distribution]) -> list[str]:
    return [dist.package.name for dist in plugins]


def test_the_linter_reads_every_plugin(tools: dict[str, Any], plugins: list[Distribution]) -> None:
    assert tools["importlinter"]["root_packages"] == ["llmspell", *modules(plugins)]


def test_every_contract_about_plugins_names_them_all(tools: dict[str, Any], plugins: list[Distribution]) -> None:
    everyone = set(modules(plugins))
    assert everyone <= set(contract(tools, "Built-ins and plugins see only")["source_modules"])
    assert everyone == set(contract(tools, "Plugins never import each other")["modules"])
    assert everyone == set(contract(tools, "The kernel distribution never imports")["forbidden_modules"])
    assert everyone <= set(contract(tools, "httpx stays behind")["source_modules"])


def test_every_folder_of_the_kernel_is_a_layer_or_excused(tools: dict[str, Any], kernel: Distribution) -> None:
    layers = contract(tools, "Imports point down")
    known = {*layers["layers"], *layers["exhaustive_ignores"]}
    assert layers["exhaustive"]
    assert {path.parent.name for path in kernel.package.glob("*/__init__.py")} <= known


def test_entry_points_are_named_kind_and_plugin_and_lead_to_the_front_door(plugins: list[Distribution]) -> None:
    for dist in plugins:
        plugin = dist.name.split("-", 2)[-1]  # llmspell-<kind>-<plugin>, or llmspell-<plugin>
        assert dist.entry_points, dist.name
        for name, target in dist.entry_points.items():
            assert name.split(".", 1)[1] == plugin, f"{dist.name}: {name}"
            assert target == f"{dist.package.name}.plugin"


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_a_front_door_is_small_and_imports_only_the_spec(plugins: list[Distribution]) -> None:
    for dist in plugins:
        door = dist.package / "plugin.py"
        lines = [line for line in door.read_text(encoding="utf-8").splitlines() if line.strip()]
        assert len(lines) <= FRONT_DOOR_CAP, dist.name
        names = imported(door) - {"__future__", "typing"}
        assert {name for name in names if name != "llmspell.spec" and not name.startswith("llmspell.spec.")} == set(), (
            dist.name
        )
