"""Where the file lies, and that runs share it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import ConfigError
from llmspell.testing import open_context


async def written(**config) -> None:
    async with open_context(config=config) as ctx:
        await ctx.storage.put("k", b"v")


async def test_it_is_chosen_and_lies_in_the_data_folder():
    await written()
    assert (Path(os.environ["LLMSPELL_DATA_DIR"]) / "llmspell.sqlite3").is_file()
    async with open_context() as ctx:
        assert await ctx.storage.get("k") == b"v"


@pytest.mark.parametrize(("path", "file"), [("own", "own/llmspell.sqlite3"), ("own.db", "own.db")])
async def test_the_path_of_the_configuration_is_a_folder_or_a_file(tmp_path, path, file):
    await written(storage={"path": str(tmp_path / path), "backend": "sled"})
    assert (tmp_path / file).is_file()
    assert not Path(os.environ["LLMSPELL_DATA_DIR"]).exists()


@pytest.mark.parametrize(("config", "level"), [({}, 1), ({"synchronous": "full"}, 2)])
async def test_how_much_a_commit_waits_for(config, level):
    async with open_context(config={"storage": {"sqlite": config}} if config else {}) as ctx:
        store: Any = await ctx.app.stores.backend()
        read = await store._opened()[0].do(lambda c: c.execute("PRAGMA synchronous").fetchone(), alone=True)
        assert read == (level,)


async def test_a_wrong_key_is_named():
    with pytest.raises(ConfigError) as caught:
        await written(storage={"sqlite": {"synchronous": "off"}})
    assert "storage.sqlite.synchronous" in str(caught.value.faults)


async def test_memory_can_still_be_had():
    await written(storage={"backend": "memory"})
    assert not Path(os.environ["LLMSPELL_DATA_DIR"]).exists()
