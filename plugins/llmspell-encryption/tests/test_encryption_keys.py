"""Keys: how they are made, lost, changed, and what a process that is killed meanwhile leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import ConfigError, EncryptionError, EncryptionKeyError
from llmspell.runtime.store_copies import StoreCopy
from llmspell.runtime.store_sealed import encrypted, require_open
from llmspell.spec.encryptions import KEYS
from llmspell.spec.storages import Operation
from llmspell_encryption.driver import _key_file
from llmspell_encryption.keyring import recipe_of
from llmspell_encryption.records import key_of
from llmspell_encryption.sealing import OpenSeal
from llmspell_encryption.section import EncryptionSection
from llmspell_encryption.wrappings import key_bytes

from .stores import KEY, OTHER, encryption, filled, over, passwords, wrappings


def ignored(_: int) -> None:
    pass


async def seal(inner: MemoryStorage, *keys: str) -> OpenSeal:
    return OpenSeal(inner, await inner.get(KEYS) or b"", wrappings(*keys))


async def numbers(inner: MemoryStorage) -> set[int | None]:
    return {key_of(data) async for key, data in inner.scan() if not key.startswith("\x1f")}


# -- changing keys -----------------------------------------------------------------------------------------------------


async def test_a_new_key_leaves_old_values_readable() -> None:
    inner, store = await filled(5)
    assert await (await seal(inner)).rotate(ignored, 0.0, reencrypt=False) == (0, 2)
    assert await store.get("k001") == b"value 1"
    await store.put("new", b"1")
    assert await numbers(inner) == {1, 2}
    assert await (await over(inner)).get("new") == b"1"


async def test_values_written_anew_forget_old_keys() -> None:
    inner, store = await filled(450)
    old = await inner.get("k001") or b""
    told: list[int] = []
    assert await (await seal(inner)).rotate(told.append, 0.0, reencrypt=True) == (450, 2)
    assert (told[-1], sorted(told)) == (450, told)
    assert await numbers(inner) == {2}
    assert [key.id for key in (await seal(inner)).ring.keys] == [2]
    assert await store.get("k001") == b"value 1"
    await inner.put("k001", old)
    with pytest.raises(EncryptionError, match="under the key 1, which the store has no more"):
        (await seal(inner)).decode("k001", old)


async def test_only_the_header_changes_when_the_configured_key_does() -> None:
    inner, _ = await filled(5)
    before = {key: data async for key, data in inner.scan() if key != KEYS}
    with pytest.raises(EncryptionKeyError):
        await over(inner, wrappings(OTHER))
    assert await (await over(inner, wrappings(OTHER, KEY))).get("k001") == b"value 1"
    await (await seal(inner, OTHER, KEY)).rotate(ignored, 0.0, reencrypt=False)
    assert {key: data async for key, data in inner.scan() if key != KEYS} == before
    assert await (await over(inner, wrappings(OTHER))).get("k001") == b"value 1"
    with pytest.raises(EncryptionKeyError):
        await over(inner, wrappings(KEY))


async def test_a_store_that_is_open_learns_of_new_keys() -> None:
    """What is written while another process forgets old keys is never under one of them."""
    inner, store = await filled(3)
    await (await seal(inner)).rotate(ignored, 0.0, reencrypt=True)
    await store.put("after", b"1")
    await store.increment("count", 2)
    await store.merge("map", b'{"a": 1}')
    await store.transaction([Operation("check", "after", b"1"), Operation("put", "after", b"2")])
    assert await numbers(inner) == {2}
    assert await (await over(inner)).get("after") == b"2"


async def test_two_that_change_keys_at_once_are_told() -> None:
    inner, _ = await filled(3)
    one, other = await seal(inner), await seal(inner)
    await one.rotate(ignored, 0.0, reencrypt=False)
    with pytest.raises(EncryptionError, match="another process changed the keys"):
        await other.rotate(ignored, 0.0, reencrypt=False)


KILLED = """
import asyncio, os, sys
from functools import partial
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import stores
from llmspell.runtime.store_sealed import list_all
from llmspell.spec.encryptions import KEYS
from llmspell_encryption.sealing import OpenSeal, begin
from llmspell_storage_sqlite.store import SqliteStorage
async def main():
    inner = SqliteStorage()
    await inner.open_file(Path(sys.argv[2]))
    at = int(sys.argv[4])
    def told(done):
        if done == at:
            os.kill(os.getpid(), 9)
    header = await inner.get(KEYS)
    if sys.argv[3] == "encrypt":
        header = header or await begin(inner, stores.wrappings(), 0.0, "encrypting")
        await OpenSeal(inner, header, stores.wrappings()).encrypt(told, partial(list_all, inner), batch=1)
    else:
        await OpenSeal(inner, header, stores.wrappings()).rotate(told, 0.0, reencrypt=True, batch=1)
    await inner.aclose()
asyncio.run(main())
"""
VALUES = 12


def run_killed(file: Path, what: str, at: int) -> int:
    words = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(file), what, str(at)]
    return subprocess.run(words, check=False).returncode


@pytest.mark.parametrize("what", ["rotate", "encrypt"])
async def test_a_process_killed_at_each_value_loses_none(tmp_path: Path, what: str) -> None:
    sqlite = pytest.importorskip("llmspell_storage_sqlite.store", reason="needs llmspell-storage-sqlite")
    file = tmp_path / "store.sqlite3"

    async def opened() -> MemoryStorage:
        inner = sqlite.SqliteStorage()
        await inner.open_file(file)
        return inner  # type: ignore[no-any-return]

    inner = await opened()
    store = await over(inner) if what == "rotate" else inner
    await store.transaction([Operation("put", f"k{n:02}", b"value %d" % n) for n in range(VALUES)])
    await inner.aclose()
    for at in range(1, VALUES + 1):
        assert run_killed(file, what, at if what == "rotate" else 1) == -9  # it goes on with the rest, one at a time
        inner = await opened()
        if what == "encrypt":
            with pytest.raises(EncryptionError, match="was interrupted"):
                await over(inner)
        else:
            store = await over(inner)
            assert [value async for _, value in store.scan()] == [b"value %d" % n for n in range(VALUES)]
            assert (await seal(inner)).ring.state == "reencrypting"
            await (await seal(inner)).rotate(ignored, 0.0, reencrypt=True)
        await inner.aclose()
    inner = await opened()
    if what == "encrypt":
        assert await encrypted(inner, encryption(), ignored) == (0, 1)
    store = await over(inner)
    assert [value async for _, value in store.scan()] == [b"value %d" % n for n in range(VALUES)]
    assert len(await numbers(inner)) == 1
    assert (await seal(inner)).ring.state == "sealed"
    await inner.aclose()


async def test_a_rotation_that_was_interrupted_goes_on_under_its_key() -> None:
    inner, store = await filled(10)

    def stop(done: int) -> None:
        if done == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await (await seal(inner)).rotate(stop, 0.0, reencrypt=True, batch=1)
    assert await numbers(inner) == {1, 2}
    await store.put("k009", b"meanwhile")
    assert await (await seal(inner)).rotate(ignored, 0.0, reencrypt=True) == (5, 2)
    assert await store.get("k009") == b"meanwhile"
    assert await numbers(inner) == {2}


# -- stores from before ------------------------------------------------------------------------------------------------


async def test_what_is_not_encrypted_must_be_encrypted_first() -> None:
    inner = MemoryStorage()
    values = {"a": b"1", "b": b"\x00llx looks like one", "c": b""}
    for key, value in values.items():
        await inner.put(key, value)
    with pytest.raises(EncryptionError, match="3 values that are not encrypted"):
        await over(inner)
    with pytest.raises(EncryptionError, match="looks encrypted"):
        await encrypted(inner, encryption(), ignored)
    values["b"] = b"\x00llz looks like one"
    await inner.put("b", values["b"])
    assert await encrypted(inner, encryption(), ignored) == (3, 1)
    assert {key: value async for key, value in (await over(inner)).scan()} == values
    assert await encrypted(inner, encryption(), ignored) == (0, 1)


async def test_an_encrypted_store_is_not_used_as_a_plain_one() -> None:
    inner, _ = await filled(1)
    with pytest.raises(EncryptionKeyError, match="does not say with which key"):
        await require_open(inner)


async def test_copies_stay_encrypted_and_are_not_mixed() -> None:
    inner, _ = await filled(3)
    other = MemoryStorage()
    assert (await StoreCopy(inner, other, ignored).run()).keys == 7
    assert await (await over(other)).get("k001") == b"value 1"
    mine, _ = await filled(1)
    with pytest.raises(Exception, match="could not be read"):
        await StoreCopy(inner, mine, ignored).run()
    plain = MemoryStorage()
    await plain.put("a", b"1")
    for source, target in ((plain, mine), (inner, plain)):
        with pytest.raises(Exception, match="could not be read"):
            await StoreCopy(source, target, ignored).run()


async def test_a_backup_is_encrypted_and_is_restored_under_its_keys(tmp_path: Path) -> None:
    inner, store = await filled(3)
    await store.backup(tmp_path / "backup")
    assert b"value 1" not in (tmp_path / "backup").read_bytes()
    await (await seal(inner)).rotate(ignored, 0.0, reencrypt=True)
    await store.put("k001", b"changed")
    await store.restore(tmp_path / "backup")
    assert await store.get("k001") == b"value 1"
    assert (await store.stats()).keys == 3


async def test_a_plain_backup_is_restored_and_must_be_encrypted(tmp_path: Path) -> None:
    plain = MemoryStorage()
    await plain.put("a", b"1")
    await plain.backup(tmp_path / "backup")
    inner, store = await filled(3)
    with pytest.raises(EncryptionError, match="what it holds is not encrypted"):
        await store.restore(tmp_path / "backup")
    assert await encrypted(inner, encryption(), ignored) == (1, 1)
    assert await (await over(inner)).get("a") == b"1"


def test_processes_that_make_a_key_file_at_once_agree(tmp_path: Path) -> None:
    file = tmp_path / "store.key"
    code = (
        "import sys; from pathlib import Path; from llmspell_encryption.driver import _key_file; "
        "print(_key_file(Path(sys.argv[1]), new=True))"
    )
    words = [sys.executable, "-c", code, str(file)]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({one.communicate()[0] for one in running}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["store.key"]


# -- where keys come from ----------------------------------------------------------------------------------------------


async def test_a_password_is_made_a_key_with_a_salt_of_its_own() -> None:
    inner, _ = await filled(1, passwords("correct horse battery"))
    other, _ = await filled(1, passwords("correct horse battery"))
    first, second = recipe_of(await inner.get(KEYS) or b""), recipe_of(await other.get(KEYS) or b"")
    assert first["how"] == "argon2id"
    assert (first["iterations"], first["memory_cost"]) == (3, 1 << 16)
    assert first["salt"] != second["salt"]
    assert await (await over(inner, passwords("correct horse battery"))).get("k000") == b"value 0"
    with pytest.raises(EncryptionKeyError):
        await over(inner, passwords("incorrect horse"))
    with pytest.raises(EncryptionKeyError, match="of another kind"):
        await over(inner, wrappings())


async def test_a_header_cannot_ask_for_endless_work() -> None:
    inner, _ = await filled(1, passwords("correct horse battery"))
    header = await inner.get(KEYS) or b""
    for old, new in ((b'"memory_cost":65536', b'"memory_cost":99999999'), (b'"iterations":3', b'"iterations":true')):
        await inner.put(KEYS, header.replace(old, new))
        with pytest.raises(EncryptionError, match="damaged"):
            await over(inner, passwords("correct horse battery"))


async def test_a_short_password_is_refused() -> None:
    with pytest.raises(ConfigError, match="has 5 characters"):
        await over(MemoryStorage(), passwords("horse"))


@pytest.mark.parametrize("text", ["", "short", "z" * 64, "A" * 42, "A" * 100])
def test_what_is_no_key_is_said_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigError, match="where is no key") as told:
        key_bytes(text, "where")
    assert not text or text not in str(told.value)


def test_keys_are_hexadecimal_or_base64() -> None:
    assert key_bytes("11" * 32, "") == key_bytes("ERERERERERERERERERERERERERERERERERERERERERE=", "")
    assert key_bytes("ERERERERERERERERERERERERERERERERERERERERERE", "") == b"\x11" * 32


def test_a_key_file_is_made_for_a_new_store_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "store.key"
    with pytest.raises(EncryptionKeyError, match="there is no file"):
        _key_file(file, new=False)
    made = _key_file(file, new=True)
    assert len(key_bytes(made, "")) == 32
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert _key_file(file, new=True) == _key_file(file, new=False) == made


@pytest.mark.skipif(os.name == "nt", reason="file modes mean nothing on Windows")
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "store.key"
    _key_file(file, new=True)
    file.chmod(0o644)
    with pytest.raises(EncryptionError, match="can be read by others"):
        _key_file(file, new=False)


def test_one_key_is_configured() -> None:
    EncryptionSection()
    with pytest.raises(ValueError, match="names no keys"):
        EncryptionSection(previous_key_path="a")
    with pytest.raises(ValueError, match="names 2 keys"):
        EncryptionSection(key_path="a", password="b")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than one key before"):
        EncryptionSection(key_path="a", previous_key_path="b", previous_password="c")  # type: ignore[arg-type]
