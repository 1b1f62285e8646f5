"""The samples of the README do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.testing.postgres_server import PASSWORD

from .test_postgres_faults import raw

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_spell_counts_its_runs(shared_postgres, tmp_path: Path) -> None:
    pytest.importorskip("llmspell_engine_lua", reason="the sample is a Lua spell: needs llmspell-engine-lua")
    config = sample("toml").replace('host = "localhost"', f'host = "localhost"\nport = {shared_postgres.port}')
    (tmp_path / "llmspell.toml").write_text(config, encoding="utf-8")
    (tmp_path / "count.lua").write_text(sample("lua"), encoding="utf-8")
    own = {"HOME": str(tmp_path), "LLMSPELL_CONFIG_DIR": str(tmp_path), "PGPASSWORD": PASSWORD}
    lines = sample("console").splitlines()
    for command, expected in zip(lines[::2], lines[1::2], strict=True):
        words = [sys.executable, "-m", *command.split()[1:]]
        done = subprocess.run(words, cwd=tmp_path, env=os.environ | own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == expected


async def test_the_rights_that_it_lists_are_enough(opened, shared_postgres, monkeypatch, tmp_path) -> None:
    (listed,) = re.findall(r"`(SELECT, .*?)`", README)
    await opened(schema="limited")
    async with raw(shared_postgres) as connection:
        await connection.execute("CREATE ROLE limited LOGIN PASSWORD 'limited'")
        await connection.execute("GRANT USAGE ON SCHEMA limited TO limited")
        await connection.execute(f"GRANT {listed} ON ALL TABLES IN SCHEMA limited TO limited")
    monkeypatch.setenv("LIMITED_PASSWORD", "limited")
    store = await opened(schema="limited", username="limited", password_env="LIMITED_PASSWORD")
    await store.put("k", b"v")
    await store.backup(tmp_path / "backup")
    await store.restore(tmp_path / "backup")
    assert (await store.verify())[:2] == (await store.stats())[:2] == (1, 2)
    assert await store.get_batch(["k"]) == {"k": b"v"}
    assert await store.delete("k")
