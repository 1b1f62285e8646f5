"""A witness sees each right and secret before it is used, and may end the use."""

from __future__ import annotations

import pytest

from llmspell.errors import HookError, PermissionDeniedError
from llmspell.kernel.registry import Registry
from llmspell.services.permission_heard import HeardGrants
from llmspell.testing import open_context
from tests.unit.runtime import witness_plugin

PLUGIN = "tests.unit.runtime.witness_plugin"


def opened(grants=(), **config):
    return open_context(plugins=[PLUGIN], config=config, grants=grants)


def of(ctx):
    (instance,) = ctx.app.hook_sets._open.values()
    return instance


def test_llmspell_encryptions_are_collected_from_their_plugin() -> None:
    registry = Registry()
    registry.register(witness_plugin, "witness")
    (found,) = registry.collect("encryptions", "witness")
    assert (found.kind, found.name, found.extra["section"]) == ("encryption", "turning", "storage.turning")


async def test_without_a_witness_nothing_stands_between() -> None:
    async with opened() as ctx:
        assert (ctx.app.witness, ctx.app.services.secrets.witness) == (None, None)
        assert not isinstance(ctx.grants, HeardGrants)


async def test_a_set_is_switched_on_by_its_own_section() -> None:
    async with opened(**{"watcher.word": "hi"}) as ctx:
        part, section, config = of(ctx).section
        assert (part, section.word, config.word) == ("", "hi", "hi")
        assert [hook.name for hook in ctx.app.hooks.own() if hook.name == "watcher"] == ["watcher"]


async def test_rights_are_seen_before_they_are_used(tmp_path) -> None:
    async with opened(grants=[f"fs.read={tmp_path}"], **{"watcher.word": "hi"}) as ctx:
        (tmp_path / "a").write_text("x")
        watcher = of(ctx)
        watcher.seen.clear()
        await ctx.fs.read(str(tmp_path / "a"))
        used = {"right": "fs.read", "target": str(tmp_path / "a"), "who": "the spell"}
        assert ("right_used", used, ctx.run.id) in watcher.seen
        with pytest.raises(PermissionDeniedError):
            await ctx.fs.write(str(tmp_path / "b"), b"")
        assert watcher.seen[-1][0] == "right_denied"
        watcher.full = True
        with pytest.raises(RuntimeError, match="no room"):
            await ctx.fs.read(str(tmp_path / "a"))


async def test_secrets_and_events_are_seen() -> None:
    async with opened(**{"watcher.word": "hi"}) as ctx:
        watcher = of(ctx)
        loaded = [about["plugin"] for kind, about, _ in watcher.seen if kind == "plugin_loaded"]
        assert PLUGIN.rpartition(".")[2] in loaded  # though it was loaded before there was a witness
        assert "builtin" not in loaded
        ctx.app.services.secrets.add("one", "value")
        ref = ctx.secrets.get("one").bound("here")
        ctx.app.services.secrets.resolve(ref, "here")
        assert watcher.seen[-1] == ("secret_used", {"name": "one", "host": "here"}, "")
        await ctx.app.events.emit("session_start", {"session": "s"}, run="r")
        assert watcher.seen[-1] == ("session_start", {"session": "s"}, "r")
        watcher.full = True
        with pytest.raises(RuntimeError, match="no room"):
            ctx.app.services.secrets.resolve(ref, "here")


async def test_an_application_has_one_witness() -> None:
    with pytest.raises(HookError, match="another hook set"):
        async with opened(**{"watcher.word": "hi", "onlooker.word": "hi"}):
            pass


async def test_only_drivers_that_work_with_keys_hold_secrets() -> None:
    async with opened() as ctx:
        ctx.app.services.secrets.add("one", "value")
        ref = ctx.secrets.get("one")
        with pytest.raises(PermissionDeniedError, match="the spell may not hold the secret one"):
            ctx.key(ref)
        driver = ctx.app.catalog.get("encryption", "turning")
        assert ctx.within(driver, "turning").key(ref) == "value"


async def test_the_configuration_folder_is_asked_for_when_it_is_needed() -> None:
    async with opened() as ctx:
        assert ctx.paths.config == ctx.app.services.paths.config
