"""All first-party distributions are released together, under one version and one bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import llmspell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.arch.conftest import Distribution

MOST_DIRECT_DEPENDENCIES = 9
DATA = {"tzdata"}  # data numbered by date: the newest is always the right one, so a floor is enough


def bound() -> SpecifierSet:
    """Return what a plugin asks of the kernel: this minor release and no later one."""
    major, minor, _ = (int(part) for part in llmspell.__version__.split("."))
    return SpecifierSet(f">={major}.{minor},<{major}.{minor + 1}")


def test_every_distribution_has_the_version_of_the_package(kernel: Distribution, plugins: list[Distribution]) -> None:
    found = {dist.name: dist.project["version"] for dist in [kernel, *plugins]}
    assert found == dict.fromkeys(found, llmspell.__version__)


def test_every_plugin_asks_for_this_minor_release_of_the_kernel(plugins: list[Distribution]) -> None:
    for dist in plugins:
        asked = [Requirement(text) for text in dist.project["dependencies"]]
        assert [ask.specifier for ask in asked if ask.name == "llmspell"] == [bound()], dist.name


def test_the_extra_named_all_reaches_every_plugin(kernel: Distribution, plugins: list[Distribution]) -> None:
    extras = kernel.project["optional-dependencies"]
    wanted = [Requirement(text) for text in [*extras["all"], *extras["standard"]]]
    reached = {ask.name: ask for ask in wanted if ask.name.startswith("llmspell-")}
    assert sorted(reached) == [dist.name for dist in plugins]
    assert {ask.specifier for ask in reached.values()} == {bound()}


def test_the_kernel_has_at_most_nine_direct_dependencies_each_with_a_reason(kernel: Distribution, root: Path) -> None:
    names = [Requirement(text).name for text in kernel.project["dependencies"]]
    (record,) = root.glob("docs/adr/0008-*.md")
    reasons = record.read_text(encoding="utf-8")
    assert len(names) <= MOST_DIRECT_DEPENDENCIES
    assert [name for name in names if f"**{canonicalize_name(name)}**" not in reasons] == []


def test_every_dependency_has_a_floor_and_a_ceiling(kernel: Distribution, plugins: list[Distribution]) -> None:
    for dist in [kernel, *plugins]:
        for ask in map(Requirement, dist.project["dependencies"]):
            wanted = {">="} if ask.name in DATA else {">=", "<"}
            assert {spec.operator for spec in ask.specifier} == wanted, f"{dist.name}: {ask}"
