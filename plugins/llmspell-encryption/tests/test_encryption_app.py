"""Encryption as a configuration switches it on: scripts and components notice nothing, and files hold nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ConfigError, EncryptionError, EncryptionKeyError
from llmspell.testing import ManualClock, open_context

if TYPE_CHECKING:
    from pathlib import Path

KEY = {"storage.encryption.master_key": "11" * 32}


def on(folder: Path, **more: object) -> dict[str, object]:
    pytest.importorskip("llmspell_storage_sqlite", reason="needs llmspell-storage-sqlite")
    return {"storage.backend": "sqlite", "storage.path": str(folder / "store.sqlite3"), **more}


def held(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.name.startswith("store"))


async def test_the_store_holds_nothing_that_can_be_read(tmp_path: Path) -> None:
    async with open_context(config=on(tmp_path, **KEY)) as ctx:
        await ctx.storage.put("note", b"private in storage")
        await ctx.state.set("note", {"text": "private in state"})
        assert await ctx.storage.increment("count") == 1
        assert b"private" not in held(tmp_path)
    assert b"private" not in held(tmp_path)
    async with open_context(config=on(tmp_path, **KEY)) as ctx:
        assert await ctx.storage.get("note") == b"private in storage"
        assert await ctx.storage.increment("count") == 2
        assert "11111111" not in repr(ctx.app.config.to_dict())


async def test_lifetimes_and_compression_are_within(tmp_path: Path) -> None:
    clock = ManualClock()
    config = on(tmp_path, **{**KEY, "storage.ttl": 10, "storage.compression_enabled": True})
    async with open_context(config=config, clock=clock) as ctx:
        await ctx.storage.put("note", b"x" * 10_000)
        raw = await ctx.app.stores.raw()
        stored = {key: data async for key, data in raw.scan()}
        assert len(next(data for key, data in stored.items() if key.endswith("note"))) < 200
        assert await ctx.storage.get("note") == b"x" * 10_000
        await clock.advance(11)
        assert await ctx.storage.get("note") is None
        assert await ctx.app.stores.compact() == 1


async def test_a_wrong_key_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    async with open_context(config=on(tmp_path, **KEY)) as ctx:
        await ctx.storage.put("note", b"1")
    async with open_context(config=on(tmp_path, **{"storage.encryption.master_key": "22" * 32})) as ctx:
        with pytest.raises(EncryptionKeyError, match="under the key"):
            await ctx.storage.get("note")
    async with open_context(config=on(tmp_path)) as ctx:
        with pytest.raises(EncryptionKeyError, match="does not say with which key"):
            await ctx.storage.get("note")


async def test_a_key_without_a_value_is_named(tmp_path: Path) -> None:
    config = on(tmp_path, **{"storage.encryption.master_key": "${NO_SUCH_STORAGE_KEY}"})
    async with open_context(config=config) as ctx:
        with pytest.raises(EncryptionKeyError, match="NO_SUCH_STORAGE_KEY"):
            await ctx.storage.get("note")


async def test_a_key_file_is_made_with_the_store_and_not_again(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "store.key"
    config = on(tmp_path, **{"storage.encryption.key_path": str(file)})
    async with open_context(config=config) as ctx:
        await ctx.storage.put("note", b"1")
    file.unlink()
    async with open_context(config=config) as ctx:
        with pytest.raises(EncryptionKeyError, match="there is no file"):
            await ctx.storage.get("note")
    assert not file.exists()


async def test_a_section_without_a_key_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names 2 keys"):
        async with open_context(config=on(tmp_path, **KEY, **{"storage.encryption.password": "x"})):
            pass


async def test_a_tool_may_not_hold_a_key() -> None:
    async with open_context(config=KEY, component="tool:agent_finder") as ctx:
        ref: Any = ctx.app.config.get("storage.encryption.master_key")
        with pytest.raises(Exception, match="no driver that works with keys"):
            ctx.key(ref)


# -- verbs -------------------------------------------------------------------------------------------------------------


def llmspell(folder: Path, *words: str, key: str = "11" * 32) -> subprocess.CompletedProcess[str]:
    places = {f"LLMSPELL_{kind}_DIR": str(folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE")}
    environment = {**os.environ, **places, "STORAGE_KEY": key, "OLD_KEY": "11" * 32, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "llmspell", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


async def test_a_store_is_encrypted_and_its_keys_are_changed_by_verbs(tmp_path: Path) -> None:
    plain = on(tmp_path)
    async with open_context(config=plain) as ctx:
        await ctx.storage.put("note", b"private")
    section = f'[storage]\nbackend = "sqlite"\npath = "{tmp_path / "store.sqlite3"}"\n'
    config = tmp_path / "llmspell.toml"
    config.write_text(section)
    assert llmspell(tmp_path, "storage", "encrypt").returncode == 2
    config.write_text(section + '[storage.encryption]\nmaster_key = "${STORAGE_KEY}"\n')
    assert "not encrypted" in llmspell(tmp_path, "storage", "keys").stdout
    assert llmspell(tmp_path, "storage", "encrypt").stdout == "1 values encrypted, under key 1\n"
    assert llmspell(tmp_path, "storage", "compact").returncode == 0
    assert b"private" not in held(tmp_path)
    wrong = llmspell(tmp_path, "storage", "keys", key="22" * 32)
    assert (wrong.returncode, "[6122]" in wrong.stderr) == (3, True)
    config.write_text(config.read_text() + 'previous_master_key = "${OLD_KEY}"\n')
    done = llmspell(tmp_path, "storage", "rotate", "--reencrypt", key="22" * 32)
    assert done.stdout == "new values are written under key 2; 1 values are under it now\n"
    async with open_context(config={**plain, "storage.encryption.master_key": "22" * 32}) as ctx:
        assert await ctx.storage.get("note") == b"private"
    with pytest.raises(EncryptionError):
        async with open_context(config={**plain, **KEY}) as ctx:
            await ctx.storage.get("note")


async def test_a_store_put_back_is_refused_until_it_is_accepted_or_restored(tmp_path: Path) -> None:
    on(tmp_path)
    section = '[storage]\nbackend = "sqlite"\npath = "kept"\n[storage.encryption]\nmaster_key = "${STORAGE_KEY}"\n'
    (tmp_path / "llmspell.toml").write_text(section)
    (tmp_path / "count.lua").write_text('print(Storage.increment("n"))')
    assert llmspell(tmp_path, "run", "count.lua").stdout == "1\n"
    assert [path.suffix for path in (tmp_path / "config" / "storage").iterdir()] == [".anchor"]
    assert llmspell(tmp_path, "storage", "backup", "backup").returncode == 0
    shutil.copytree(tmp_path / "kept", tmp_path / "older")
    assert llmspell(tmp_path, "run", "count.lua").stdout == "2\n"
    shutil.rmtree(tmp_path / "kept")
    shutil.copytree(tmp_path / "older", tmp_path / "kept")
    for words in (("run", "count.lua"), ("storage", "verify")):
        refused = llmspell(tmp_path, *words)
        assert (refused.returncode, "older than it was" in refused.stderr) == (1, True)
        assert "storage verify --accept" in refused.stderr
    assert llmspell(tmp_path, "storage", "verify", "--accept").stdout == "sqlite is whole: 1 keys, 8 bytes\n"
    assert llmspell(tmp_path, "run", "count.lua").stdout == "2\n"
    restored = llmspell(tmp_path, "storage", "restore", "backup")
    assert "counts as its latest state" in restored.stderr
    assert llmspell(tmp_path, "run", "count.lua").stdout == "2\n"
    shutil.rmtree(tmp_path / "kept")
    assert "the store is empty" in llmspell(tmp_path, "run", "count.lua").stderr
    assert llmspell(tmp_path, "storage", "verify", "--accept").stdout == "sqlite is whole: 0 keys, 0 bytes\n"
    assert llmspell(tmp_path, "run", "count.lua").stdout == "1\n"


async def test_an_anchor_lies_where_it_is_configured_or_nowhere(tmp_path: Path) -> None:
    anchor = tmp_path / "elsewhere" / "anchor"
    async with open_context(config=on(tmp_path, **KEY, **{"storage.encryption.anchor": str(anchor)})) as ctx:
        await ctx.storage.put("note", b"1")
        assert not anchor.exists()
    assert anchor.read_text().split()[1] == "2"
    config = on(tmp_path, **KEY, **{"storage.encryption.anchor_enabled": False})
    anchor.write_text("damaged")
    async with open_context(config=config) as ctx:
        assert await ctx.storage.get("note") == b"1"
    async with open_context(config=on(tmp_path, **KEY, **{"storage.encryption.anchor": str(anchor)})) as ctx:
        with pytest.raises(EncryptionError, match="damaged"):
            await ctx.storage.get("note")


def test_only_an_encrypted_store_is_accepted(tmp_path: Path) -> None:
    refused = llmspell(tmp_path, "storage", "verify", "--accept")
    assert (refused.returncode, "no encrypted store" in refused.stderr) == (2, True)
    refused = llmspell(tmp_path, "storage", "verify", "--accept", "backup")
    assert (refused.returncode, "no backup" in refused.stderr) == (2, True)
