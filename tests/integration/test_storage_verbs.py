"""`llmspell storage`: the whole store, examined, copied and brought back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from llmspell.runtime.stores import UNFINISHED
from llmspell.spec.storage_backup import written_backup

SqliteStorage = pytest.importorskip(
    "llmspell_storage_sqlite.store", reason="the verbs are about a store that is there in the next run"
).SqliteStorage


@pytest.fixture
def filled(llmspell, tmp_path, monkeypatch):
    """Fill the configured store of a folder."""
    monkeypatch.chdir(tmp_path)
    Path("fill.lua").write_text('for i = 1, 20 do Storage.set("k" .. i, {number = i}) end', encoding="utf-8")
    Path("llmspell.toml").write_text('[storage]\nbackend = "sqlite"\npath = "./state"\n', encoding="utf-8")
    pytest.importorskip("llmspell_engine_lua", reason="the store is filled by a Lua spell")

    def asked(*words: str):
        done = llmspell("storage", *words, "--json")
        return done.status, json.loads(done.out) if done.out else {}

    assert llmspell("run", "fill.lua").status == 0
    return asked


def test_stats_tell_what_the_store_is(filled):
    status, found = filled("stats")
    assert (status, found["backend"], found["keys"]) == (0, "sqlite", 20)
    assert "compact" in found["capabilities"]
    assert found["encoded"] is False
    assert found["disk"] > found["bytes"]


def test_a_backup_is_restored_and_what_was_there_is_kept(filled, llmspell):
    assert filled("backup", "one.backup")[0] == 0
    Path("more.lua").write_text('Storage.set("later", 1)', encoding="utf-8")
    assert llmspell("run", "more.lua").status == 0
    status, found = filled("restore", "one.backup", "--dry-run")
    assert (status, found["restored"], found["keys"]) == (0, False, 20)
    assert filled("stats")[1]["keys"] == 21
    assert filled("restore", "one.backup")[1]["restored"] is True
    assert filled("stats")[1]["keys"] == 20
    assert filled("verify", "one.backup.replaced")[1]["keys"] == 21


def test_a_backup_is_not_written_over_another_file(filled):
    Path("one.backup").write_text("mine", encoding="utf-8")
    status, told = filled("backup", "one.backup")
    assert status == 2
    assert "there already" in json.dumps(told)
    assert Path("one.backup").read_text(encoding="utf-8") == "mine"
    assert filled("backup", "one.backup", "--force")[0] == 0


def test_a_damaged_backup_is_told_and_changes_nothing(filled):
    assert filled("backup", "one.backup")[0] == 0
    data = bytearray(Path("one.backup").read_bytes())
    data[len(data) // 2] ^= 1
    Path("one.backup").write_bytes(data)
    for words in (("verify", "one.backup"), ("restore", "one.backup")):
        status, told = filled(*words)
        assert status == 1
        assert "damaged" in json.dumps(told)
    assert filled("verify")[1]["keys"] == 20


@pytest.mark.parametrize("other", ["lmdb", "rocksdb"])
def test_a_store_moves_to_another_back_end(filled, other):
    pytest.importorskip(f"llmspell_storage_{other}", reason=f"needs llmspell-storage-{other}")
    assert filled("migrate", "--to", f"{other}:./new", "--dry-run")[1]["copied"] is False
    status, found = filled("migrate", "--to", f"{other}:./new")
    assert (status, found["backend"], found["path"], found["keys"]) == (0, other, "./new", 20)
    status, told = filled("copy", "--from", f"{other}:./new", "--to", "sqlite:./again")
    assert (status, told["keys"]) == (0, 20)
    status, told = filled("copy", "--from", "sqlite", "--to", f"{other}:./new")
    assert status == 2
    assert "--merge" in json.dumps(told)
    status, told = filled("copy", "--from", "sqlite", "--to", f"{other}:./new", "--merge")
    assert (status, told["keys"], told["target"]["keys"]) == (0, 20, 20)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("copy --from sqlite:./nowhere --to sqlite:./new", "there is no store sqlite:./nowhere"),
        ("copy --from sqlite --to memory", "ends with each process"),
        ("migrate --to memory", "ends with each process"),
        ("copy --from memory --to sqlite:./new", "ends with each process"),
    ],
)
def test_a_copy_that_nobody_could_use_is_refused_and_makes_nothing(filled, words, told):
    status, found = filled(*words.split())
    assert status == 1
    assert told in found["error"]["message"]
    assert not Path("nowhere").exists()
    assert not Path("new").exists()


def test_a_part_of_a_store_passes_for_none(filled, llmspell):
    async def interrupt() -> None:
        store = SqliteStorage()
        await store.open_file(Path("state/llmspell.sqlite3"))
        await store.put(UNFINISHED, b"alone")
        await store.aclose()

    asyncio.run(interrupt())
    for words in (["verify"], ["backup", "part"], ["copy", "--from", "sqlite", "--to", "sqlite:./new"]):
        status, found = filled(*words)
        assert status == 1, found
        assert "holds a part of another one" in found["error"]["message"]
    assert llmspell("run", "fill.lua").status == 1
    assert not Path("part").exists()


def test_a_server_has_no_path(filled):
    pytest.importorskip("llmspell_storage_redis", reason="such a store is one on a server")
    status, found = filled("copy", "--from", "sqlite", "--to", "redis:./new")
    assert status == 1
    assert "it has no path" in found["error"]["message"]


def test_looking_makes_no_target(filled):
    status, found = filled("migrate", "--to", "sqlite:./new", "--dry-run")
    assert (status, found["copied"], found["keys"]) == (0, False, 20)
    assert not Path("new").exists()


def test_an_empty_store_is_not_copied(filled):
    Path("empty").mkdir()
    Path("empty/file").touch()
    status, found = filled("copy", "--from", "sqlite:./empty", "--to", "sqlite:./other")
    assert status == 2
    assert "holds nothing" in found["error"]["message"]


def test_compacting_tells_what_was_given_back(filled):
    status, found = filled("compact")
    assert (status, found["ended"]) == (0, 0)
    assert found["after"] <= found["before"]


def test_compacting_removes_what_has_ended(filled, llmspell):
    whole = Path("llmspell.toml").read_text(encoding="utf-8")
    Path("llmspell.toml").write_text(whole + 'ttl = "1ms"\n', encoding="utf-8")
    assert llmspell("run", "fill.lua").status == 0
    Path("llmspell.toml").write_text(whole, encoding="utf-8")
    assert llmspell("storage", "compact").out.startswith("20 keys removed whose time had come; ")
    assert filled("compact")[1]["ended"] == 0
    found = filled("stats")[1]
    assert (found["keys"], found["encoded"]) == (1, True)  # the key that says so


def test_values_are_read_when_codecs_are_switched_off_and_in_another_store(filled, llmspell):
    whole = Path("llmspell.toml").read_text(encoding="utf-8")
    compressing = whole + "compression_enabled = true\n"
    Path("long.lua").write_text(
        """print(#(Storage.get("long") or "")); Storage.set("long", string.rep("v", 5000))""", encoding="utf-8"
    )
    for config, found in ((compressing, "0"), (whole, "5000"), (compressing, "5000")):
        Path("llmspell.toml").write_text(config, encoding="utf-8")
        assert llmspell("run", "long.lua").out == f"{found}\n"
    assert filled("copy", "--from", "sqlite", "--to", "sqlite:./other")[1]["keys"] == 22
    Path("llmspell.toml").write_text(whole.replace("./state", "./other"), encoding="utf-8")
    assert llmspell("run", "long.lua").out == "5000\n"


@pytest.mark.parametrize("words", ["backup one", "restore saved"])
def test_a_store_that_ends_with_the_command_is_not_backed_up_or_restored(filled, words):
    Path("llmspell.toml").write_text('[storage]\nbackend = "memory"\n', encoding="utf-8")
    with written_backup(Path("saved")) as backup:
        backup.add(b"k", b"v")
    status, found = filled(*words.split())
    assert status == 1
    assert "ends with each process" in found["error"]["message"]
    assert not Path("one").exists()


def test_what_a_store_cannot_do_is_told(filled, llmspell):
    Path("llmspell.toml").write_text('[storage]\nbackend = "memory"\n', encoding="utf-8")
    status, told = filled("compact")
    assert status == 1
    assert told["error"]["code"] == 6105


def test_an_unknown_store_is_told_with_the_known_ones(filled):
    status, told = filled("migrate", "--to", "sqlit")
    assert status == 5
    assert "sqlite" in json.dumps(told)


def test_people_read_sentences(filled, llmspell):
    assert "keys" in llmspell("storage", "stats").out
    assert "is whole: 20 keys" in llmspell("storage", "verify").out
    assert "20 keys" in llmspell("storage", "backup", "b").out
    assert "restored from b" in llmspell("storage", "restore", "b").out
