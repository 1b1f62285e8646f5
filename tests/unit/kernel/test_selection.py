from __future__ import annotations

import pytest

from llmspell.errors import ConfigError, UsageError
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
        config={"block": ["bad"], "allow": ["good", "bad", "Fine_Dist"], "paths": ["plugins"]}
    )
    assert selection.reason("bad", "") == "blocked by [plugins] block"
    assert selection.reason("good", "") is None
    assert selection.reason("x", "fine-dist") is None
    assert selection.reason("other", "") == "not in the allow-list [plugins] allow"
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


DIGEST = f"sha256:{'a1' * 32}"


@pytest.mark.parametrize(
    ("entry", "version", "reason", "digests"),
    [
        ("acme", "1.2", None, set()),
        ("Acme.Tools", "1.2", None, set()),
        ("acme-tools==1.2", "1.2", None, set()),
        ("acme-tools==1.2", "1.3", "of a version that [plugins] allow does not name: it has 1.2", set()),
        (f"acme@{DIGEST}", "1.3", None, {DIGEST}),
        (f"acme_tools==1.2@{DIGEST}", "1.2", None, {DIGEST}),
    ],
)
def test_an_allowed_plugin_may_be_bound_to_a_version_and_to_its_files(entry, version, reason, digests) -> None:
    selection = PluginSelection.read(config={"allow": [entry]})
    assert selection.reason("acme", "acme-tools", version) == reason
    assert selection.digests("acme", "acme-tools", version) == digests


def test_two_entries_for_one_plugin_allow_both() -> None:
    other = DIGEST.replace("a1", "b2")
    selection = PluginSelection.read(config={"allow": [f"acme@{DIGEST}", f"acme@{other}", "web@" + other, "web==2"]})
    assert selection.digests("acme", "", "1") == {DIGEST, other}
    assert selection.digests("web", "", "1") == {other}
    assert selection.digests("web", "", "2") == frozenset()


def test_an_empty_allow_list_allows_what_is_built_in_and_nothing_else() -> None:
    selection = PluginSelection.read(config={"allow": []})
    assert selection.reason("acme", "") == "not in the allow-list [plugins] allow"
    assert selection.reason("builtin", "llmspell", builtin=True) is None


def test_one_version_can_be_blocked() -> None:
    for selection in (
        PluginSelection.read(["no:acme==1.2"]),
        PluginSelection.read(environment={"LLMSPELL_DISABLE": "x,acme==1.2"}),
        PluginSelection.read(config={"block": ["acme==1.2"], "allow": ["acme"]}),
    ):
        assert (selection.reason("acme", "", "1.2") or "").startswith("blocked by")
        assert selection.reason("acme", "", "1.3") is None


@pytest.mark.parametrize(
    "entry", ["", "a b", "acme==", "acme@md5:1", f"acme@sha256:{'a' * 63}", "acme==1@", "../x", "é"]
)
def test_what_names_no_plugin_is_an_error(entry) -> None:
    with pytest.raises(ConfigError, match=r"\[plugins\] allow: .* names no plugin: write NAME"):
        PluginSelection.read(config={"allow": [entry]})
    with pytest.raises(UsageError, match="names no plugin"):
        PluginSelection.read([f"no:{entry}"])
