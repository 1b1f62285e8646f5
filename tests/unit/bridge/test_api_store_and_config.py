from __future__ import annotations

from typing import Any

import pytest

from llmspell.bridge.api.config import MASK, masked
from llmspell.bridge.session import SpellSession
from llmspell.errors import (
    ConversionError,
    PermissionDeniedError,
)
from llmspell.runtime.app import App
from llmspell.services.config import Config

# -- Storage


async def test_values_are_kept_and_read(spell) -> None:
    async def main(guest) -> Any:
        for key, value in {"a": {"list": [1, 2.5, None]}, "b": None, "c": "é"}.items():
            await guest.call("Storage.set", key, value)
        return [
            await guest.call("Storage.get", "a"),
            await guest.call("Storage.get", "b", "default"),
            await guest.call("Storage.get", "missing", "default"),
            await guest.call("Storage.exists", "b"),
            await guest.call("Storage.list"),
            await guest.call("Storage.delete", "a"),
            await guest.call("Storage.delete", "a"),
            await guest.call("Storage.increment", "n", 5),
            await guest.call("Storage.get", "n"),
        ]

    assert await spell(main) == [{"list": [1, 2.5, None]}, None, "default", True, ["a", "b", "c"], True, False, 5, 5]


async def test_a_map_is_merged_in_one_step(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Storage.set", "m", {"a": {"b": 1, "c": 2}, "gone": 1})
        merged = await guest.call("Storage.merge", "m", {"a": {"b": 5}, "gone": None})
        await guest.call("Storage.merge", "new", {"x": "é"})
        return merged, await guest.call("Storage.get", "m"), await guest.call("Storage.get", "new")

    assert await spell(main) == [{"a": {"b": 5, "c": 2}}, {"a": {"b": 5, "c": 2}}, {"x": "é"}]


async def test_batches_transactions_and_queries(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Storage.set_batch", {"x1": 1, "x2": 2, "y": 3})
        await guest.call(
            "Storage.transaction",
            [{"type": "set", "key": "x3", "value": 3}, {"op": "delete", "key": "x1"}, {"key": "z", "value": 0}],
        )
        big = await guest.call("Storage.query", guest.function(lambda key, value: value >= 3))
        batch = await guest.call("Storage.get_batch", ["x2", "x1"])
        await guest.call("Storage.delete_batch", ["x2"])
        listed = await guest.call("Storage.list", "x")
        cleared = await guest.call("Storage.clear", "x")
        return big, batch, listed, cleared, await guest.call("Storage.stats"), await guest.call("Storage.clear")

    big, batch, listed, cleared, stats, rest = await spell(main)
    assert (big, batch, listed, cleared, rest) == ({"x3": 3, "y": 3}, {"x2": 2}, ["x3"], 1, 2)
    assert stats["keys"] == 2


@pytest.mark.parametrize("value", [{"$b": "AA=="}, {"a": {"$d": "2026-01-01T00:00:00"}}])
async def test_what_json_cannot_say_is_not_stored(spell, value: object) -> None:
    async def main(guest) -> Any:
        await guest.call("Storage.set", "a", value)

    with pytest.raises(ConversionError, match="cannot be stored"):
        await spell(main)


async def test_spells_do_not_see_each_others_values(app, guest) -> None:
    async def write(guest) -> Any:
        await guest.call("Storage.set", "a", 1)

    async def read(guest) -> object:
        return await guest.call("Storage.get", "a")

    found = []
    for name, main in (("one", write), ("one", read), ("two", read)):
        async with app.run(name) as run:
            found.append(await SpellSession(run, guest(main)).drive())
    assert found == [None, 1, None]


# -- Config


async def test_config_is_read_masked_and_set_for_the_run(tmp_path, guest) -> None:
    text = '[providers]\ndefault = "scripted"\n'
    (tmp_path / "llmspell.toml").write_text(text)
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)

    async def main(guest) -> Any:
        first = await guest.call("Config.get", "providers.default")
        await guest.call("Config.set", "mine.value", [1])
        return [
            first,
            await guest.call("Config.get", "mine.value"),
            await guest.call("Config.get", "missing", 5),
            await guest.call("Config.list"),
            await guest.call("Config.get_provider_config", "mock"),
            "agent.spawn" in str(await guest.call("Config.get_security_config")),
        ]

    async with App.open(config=config) as app, app.run("test") as run:
        found = await SpellSession(run, guest(main)).drive()
    assert found == ["scripted", [1], 5, ["mine.value", "providers.default"], {}, True]
    assert config.get("mine.value") is None


async def test_config_may_not_widen_rights(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Config.set", "security.sandbox", False)

    with pytest.raises(PermissionDeniedError, match="decides what the spell may do"):
        await spell(main)


async def test_the_default_provider_of_the_run_is_used(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Config.set", "providers.default", "scripted")
        agent = await guest.call("Agent.new", {"extra": {"script": {"steps": [{"text": "hi"}]}}})
        return await guest.call("agent.chat", agent, "x")

    assert await spell(main) == "hi"


@pytest.mark.parametrize(
    "key", ["api_key", "key", "token", "db_password", "client_secret", "authorization", "credentials"]
)
def test_secrets_are_masked_at_every_depth(key: str) -> None:
    assert masked("x", {"a": [{key: "s3cret"}], "b": 1}) == {"a": [{key: MASK}], "b": 1}


@pytest.mark.parametrize("key", ["api_key_env", "max_tokens", "model", "keyword"])
def test_what_is_no_secret_is_shown(key: str) -> None:
    assert masked("x", {key: "shown"}) == {key: "shown"}
