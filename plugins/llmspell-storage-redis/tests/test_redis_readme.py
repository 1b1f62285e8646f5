"""The samples of the README do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from llmspell.testing.redis_server import PASSWORD

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_spell_counts_its_runs(shared_redis, tmp_path: Path) -> None:
    pytest.importorskip("llmspell_engine_lua", reason="the sample is a Lua spell: needs llmspell-engine-lua")
    config = sample("toml").replace('host = "localhost"', f'host = "localhost"\nport = {shared_redis.port}')
    (tmp_path / "llmspell.toml").write_text(config, encoding="utf-8")
    (tmp_path / "count.lua").write_text(sample("lua"), encoding="utf-8")
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "LLMSPELL_CONFIG_DIR": str(tmp_path),
        "REDIS_PASSWORD": PASSWORD,
    }
    lines = sample("console").splitlines()
    for command, expected in zip(lines[::2], lines[1::2], strict=True):
        words = [sys.executable, "-m", *command.split()[1:]]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == expected


async def test_the_rights_that_it_lists_are_enough(opened, shared_redis, monkeypatch, tmp_path) -> None:
    (listed,) = re.findall(r"`(~llmspell:.*?)`", README, re.DOTALL)
    rights = listed.replace("llmspell:", "limited:").split()
    async with Redis(host="127.0.0.1", port=shared_redis.port, password=PASSWORD) as client:
        await client.execute_command("ACL", "SETUSER", "limited", "reset", "on", ">limited", *rights)
    monkeypatch.setenv("LIMITED_PASSWORD", "limited")
    store = await opened(prefix="limited", username="limited", password_env="LIMITED_PASSWORD", database=0)
    async with store.watch() as changes:
        await store.put("k", b"v")
        assert await anext(changes) == "k"
    await store.backup(tmp_path / "backup")
    await store.restore(tmp_path / "backup")
    assert (await store.verify())[:2] == (await store.stats())[:2] == (1, 2)
    assert await store.get_batch(["k"]) == {"k": b"v"}
    assert await store.delete("k")
