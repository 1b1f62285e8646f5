from __future__ import annotations

import pytest

from llmspell.errors import UsageError
from llmspell.kernel.selection import PluginSelection


def test_nothing_is_blocked_by_default() -> None:
    assert PluginSelection.read().reason("acme", "acme-tools") is None


@pytest.mark.parametrize("name", ["acme", "acme-tools"])
def test_a_plugin_is_blocked_by_its_name_or_its_distribution(name: str) -> None:
    assert PluginSelection.read([f"no:{name}"]).reason("acme", "acme-tools") == f"blocked by -p no:{name}"


def test_the_environment_blocks_a_list() -> None:
    selection = PluginSelection.read(environment={"LLMSPELL_DISABLE": "acme, web,"})
    assert selection.reason("web", "x") == "blocked by LLMSPELL_DISABLE"
    assert selection.reason("other", "x") is None


def test_a_star_blocks_everything_that_is_not_built_in_or_asked_for() -> None:
    selection = PluginSelection.read(environment={"LLMSPELL_DISABLE": "*"})
    assert selection.reason("web", "x") == "blocked by LLMSPELL_DISABLE = *"
    assert selection.reason("builtin", "llmspell", builtin=True) is None
    assert selection.reason("mine", "", asked=True) is None


def test_a_built_in_is_blocked_by_its_own_name_only() -> None:
    assert (
        PluginSelection.read(["no:builtin"]).reason("builtin", "llmspell", builtin=True) == "blocked by -p no:builtin"
    )
    assert PluginSelection.read(["no:llmspell"]).reason("builtin", "llmspell", builtin=True) is None


def test_config_blocks_and_allows() -> None:
    selection = PluginSelection.read(
        config={"block": ["bad"], "only": ["good", "bad", "fine-dist"], "paths": ["plugins"]}
    )
    assert selection.reason("bad", "") == "blocked by [plugins] block"
    assert selection.reason("good", "") is None
    assert selection.reason("x", "fine-dist") is None
    assert selection.reason("other", "") == "not in the allow-list [plugins] only"
    assert selection.reason("mine", "", asked=True) is None
    assert selection.folders == ("plugins",)


def test_the_command_line_is_named_before_the_environment_and_the_config() -> None:
    selection = PluginSelection.read(["no:a"], {"LLMSPELL_DISABLE": "a"}, {"block": ["a"]})
    assert selection.reason("a", "") == "blocked by -p no:a"


def test_modules_and_files_are_told_apart() -> None:
    selection = PluginSelection.read(["acme.plugin", "./mine.py", "folder/thing", "no:x", "other.py"])
    assert selection.modules == ("acme.plugin",)
    assert selection.files == ("./mine.py", "folder/thing", "other.py")


def test_anything_else_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="neither a module"):
        PluginSelection.read(["not-a-module"])
