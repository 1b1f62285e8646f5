"""The encrypted file: what it keeps, what it refuses, and what is left of it when somebody pulls the plug."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import SecretPasswordError, SecretStoreError, ValidationError
from llmspell.spec.secret_stores import SecretValue, StoredSecret
from llmspell_secrets.sealed import Cost, create, dump, read
from llmspell_secrets.section import FileSection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmspell_secrets.file import EncryptedFile

    Open = Callable[..., EncryptedFile]

CHEAP = Cost(memory=8 << 20, passes=1)
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and descriptors are POSIX's")


def test_what_is_kept_is_found_again(opened: Open, tmp_path: Path) -> None:
    first = opened("old", "old")
    assert first.entries() == []
    assert first.get("A_KEY") is None
    first.put("A_KEY", SecretValue("sk-1", ("api.example.org",)))
    first.put("B_KEY", SecretValue("sk-2"))
    first.put("A_KEY", SecretValue("sk-3", ("api.example.org",)))
    second = opened("old")
    assert second.entries() == [StoredSecret("A_KEY", ("api.example.org",)), StoredSecret("B_KEY")]
    assert second.get("A_KEY") == ("sk-3", ("api.example.org",))
    assert second.get("C_KEY") is None
    assert second.remove("A_KEY")
    assert not second.remove("A_KEY")
    assert [one.name for one in first.entries()] == ["B_KEY"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secrets.json", "secrets.json.lock"]


def test_the_password_is_asked_for_once_and_only_for_values(opened: Open) -> None:
    opened("old", "old").put("A", SecretValue("value"))
    store = opened("old")
    store.entries()
    passwords: Any = store._passwords
    assert passwords.asked == 0
    store.get("A")
    store.put("B", SecretValue("value"))
    store.get("B")
    assert passwords.asked == 1


def test_nothing_prints_a_value(opened: Open, tmp_path: Path) -> None:
    store = opened("old", "old")
    store.put("A", SecretValue("very-secret"))
    assert "very-secret" not in repr(store) + repr(store._unlocked) + repr(store.get("A")) + str(store.get("A"))
    assert b"very-secret" not in (tmp_path / "secrets.json").read_bytes()


def test_a_value_does_not_show_its_length(opened: Open, tmp_path: Path) -> None:
    store = opened("old", "old")
    sizes = set()
    for text in ("a", "a" * 30, "a" * 59):
        store.put("A", SecretValue(text))
        sizes.add(len((tmp_path / "secrets.json").read_bytes()))
    assert len(sizes) == 1


def test_a_wrong_password_is_told(opened: Open) -> None:
    opened("old", "old").put("A", SecretValue("value"))
    for wrong in ("Old", "old ", "", "\udcff"):
        with pytest.raises(SecretPasswordError, match="is wrong"):
            opened(wrong or "x").get("A")


@given(st.text(min_size=1, max_size=200).filter(lambda text: len(text.encode("utf-8", "replace")) < 800))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_text_comes_back(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    made = create("p", CHEAP, os.urandom).put("A", SecretValue(text, ("h",)), os.urandom)
    assert read(made.dump(), "x").unlock("p", "x").get("A") == (text, ("h",))


@pytest.mark.parametrize("value", ["", "x" * (1 << 17)])
def test_values_have_a_size(opened: Open, value: str) -> None:
    with pytest.raises(SecretStoreError, match="1 to 65536 bytes"):
        opened("old", "old").put("A", SecretValue(value))


def test_names_have_a_form(opened: Open) -> None:
    with pytest.raises(ValidationError):
        opened("old", "old").put("a b", SecretValue("x"))


def _edits(data: dict[str, Any]) -> list[tuple[str, object]]:
    """Give changes that keep the file's form: what only the keys can find out."""
    changed = json.loads(json.dumps(data))
    changed["secrets"]["A"]["hosts"] = ["evil.example"]
    swapped = json.loads(json.dumps(data))
    swapped["secrets"]["A"], swapped["secrets"]["B"] = swapped["secrets"]["B"], swapped["secrets"]["A"]
    removed = json.loads(json.dumps(data))
    del removed["secrets"]["A"]
    renamed = json.loads(json.dumps(data))
    renamed["secrets"]["C"] = renamed["secrets"].pop("A")
    store = json.loads(json.dumps(data))
    store["store"] = "AAAAAAAAAAAAAAAA"
    weaker = json.loads(json.dumps(data))
    weaker["kdf"]["passes"] = 2
    key = json.loads(json.dumps(data))
    key["key"]["id"] = "AAAAAAAA"
    return [
        ("hosts", changed), ("swapped", swapped), ("removed", removed), ("renamed", renamed), ("store", store),
        ("cost", weaker), ("key", key),
    ]  # fmt: skip


def test_whatever_is_changed_is_found_out(opened: Open, tmp_path: Path) -> None:
    store = opened("old", "old")
    store.put("A", SecretValue("value-a"))
    store.put("B", SecretValue("value-b"))
    path = tmp_path / "secrets.json"
    whole = path.read_bytes()
    for what, data in _edits(json.loads(whole)):
        path.write_bytes(dump(data))  # type: ignore[arg-type]  # a document
        with pytest.raises(SecretStoreError, match=r"is damaged|is wrong"):
            opened("old").get("B")
        assert what
    for place_ in range(0, len(whole), 7):
        path.write_bytes(whole[:place_] + bytes([whole[place_] ^ 1]) + whole[place_ + 1 :])
        with pytest.raises(SecretStoreError):
            opened("old").get("B")
    path.write_bytes(whole)
    assert opened("old").get("B") == ("value-b", ())


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"format": "llmspell-secrets"}\n', "\ufeff{}"])
def test_what_is_no_file_of_secrets(opened: Open, tmp_path: Path, text: str) -> None:
    (tmp_path / "secrets.json").write_text(text, encoding="utf-8")
    with pytest.raises(SecretStoreError, match="is damaged"):
        opened("old").entries()


@pytest.mark.parametrize(("key", "value"), [("memory", 1 << 40), ("passes", 10**9), ("memory", 8), ("lanes", 99)])
def test_work_that_no_file_of_ours_asks_for_is_not_done(opened: Open, tmp_path: Path, key: str, value: int) -> None:
    opened("old", "old").put("A", SecretValue("value"))
    path = tmp_path / "secrets.json"
    data = json.loads(path.read_bytes())
    data["kdf"][key] = value
    path.write_bytes(dump(data))
    with pytest.raises(SecretStoreError, match="asks for work"):
        opened("old").get("A")


def test_a_newer_version_is_left_alone(opened: Open, tmp_path: Path) -> None:
    opened("old", "old").put("A", SecretValue("value"))
    path = tmp_path / "secrets.json"
    data = json.loads(path.read_bytes())
    path.write_bytes(dump({**data, "version": 2}))
    before = path.read_bytes()
    with pytest.raises(SecretStoreError, match="version 2"):
        opened("old").put("A", SecretValue("other"))
    assert path.read_bytes() == before


def test_rotating_changes_password_salt_and_key(opened: Open, tmp_path: Path) -> None:
    store = opened("old", "old", "new")
    for name in "ABC":
        store.put(name, SecretValue(f"value of {name}", (f"{name}.example",)))
    before = json.loads((tmp_path / "secrets.json").read_bytes())
    assert store.rotate() == 3
    after = json.loads((tmp_path / "secrets.json").read_bytes())
    assert before["kdf"]["salt"] != after["kdf"]["salt"]
    assert before["key"] != after["key"]
    assert not {entry["sealed"] for entry in before["secrets"].values()} & {
        entry["sealed"] for entry in after["secrets"].values()
    }
    assert opened("new").get("B") == ("value of B", ("B.example",))
    with pytest.raises(SecretPasswordError):
        opened("old").get("B")


def test_there_is_nothing_to_rotate_yet(opened: Open) -> None:
    with pytest.raises(SecretStoreError, match="there is no"):
        opened("old", "new").rotate()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("verb", ["rotate", "put", "remove"])
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new_one(opened: Open, tmp_path: Path, verb: str) -> None:
    store = opened("old", "old")
    for name in "AB":
        store.put(name, SecretValue(f"value of {name}"))
    whole = (tmp_path / "secrets.json").read_bytes()
    ends = set()
    with _killer(tmp_path, verb) as kill:
        for step in range(1, 400):
            (tmp_path / "secrets.json").write_bytes(whole)
            finished = kill(step)
            ends.add(_state(opened))
            assert opened("old", "new", "new").entries()
            again = opened("old" if "old" in _passwords(opened) else "new", "last")
            assert again.rotate() >= 1  # and whoever comes next is not in the way of what was left
            if finished:
                break
        else:
            pytest.fail("it never ended")
    assert len(ends) == 2
    assert step > 12


@contextmanager
def _killer(folder: Path, verb: str) -> Iterator[Callable[[int], bool]]:
    """Give a function: do something, killed at the n-th call out of the file's module; tell if it came through."""
    script = Path(__file__).with_name("killed.py")
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, str(script), str(folder), verb], **pipes) as running:
        assert running.stdin
        assert running.stdout
        asked, told = running.stdin, running.stdout

        def kill(step: int) -> bool:
            asked.write(f"{step}\n")
            asked.flush()
            status = int(told.readline())
            assert status in (0, -signal.SIGKILL)
            return status == 0

        yield kill


def _passwords(opened: Open) -> list[str]:
    fit = []
    for password in ("old", "new"):
        try:
            opened(password).get("B")
            fit.append(password)
        except SecretPasswordError:
            continue
    assert len(fit) == 1
    return fit


def _state(opened: Open) -> tuple[object, ...]:
    """Give everything that the file holds, whichever password opens it."""
    password = _passwords(opened)[0]
    store = opened(password)
    assert store.get("B") == ("value of B", ())
    return (password, *((one.name, store.get(one.name)) for one in store.entries()))


@posix
def test_the_password_comes_from_a_file_or_a_descriptor(opened: Open, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("from a file\nand no further\n")
    secret.chmod(0o600)
    opened(password_file=str(secret)).put("A", SecretValue("value"))
    assert opened("from a file").get("A") == ("value", ())
    reading, writing = os.pipe()
    os.write(writing, b"from a file\r\n")
    os.close(writing)
    store = opened(password_fd=reading)
    assert store.get("A") == ("value", ())
    store.put("B", SecretValue("value"))
    assert store.get("B") == ("value", ())


@posix
def test_passwords_that_are_not_there(opened: Open, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    with pytest.raises(SecretPasswordError, match="cannot be read"):
        opened(password_file=str(secret)).put("A", SecretValue("value"))
    secret.write_text("\n")
    secret.chmod(0o640)
    with pytest.raises(SecretPasswordError, match="others than its owner"):
        opened(password_file=str(secret)).put("A", SecretValue("value"))
    secret.chmod(0o600)
    with pytest.raises(SecretPasswordError, match="holds no password"):
        opened(password_file=str(secret)).put("A", SecretValue("value"))
    with pytest.raises(SecretPasswordError, match="descriptor 987"):
        opened(password_fd=987).put("A", SecretValue("value"))
    assert not (tmp_path / "secrets.json").exists()


@posix
def test_the_file_is_its_owner_s_alone(opened: Open, tmp_path: Path) -> None:
    opened("old", "old").put("A", SecretValue("value"))
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


@posix
def test_a_folder_that_cannot_be_written(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SecretStoreError, match="cannot write"):
        opened("old", "old", path=str(tmp_path / "file" / "secrets.json")).put("A", SecretValue("value"))


def test_two_at_once_do_not_lose_anything(opened: Open) -> None:
    first, second = opened("old", "old"), opened("old")
    first.put("A", SecretValue("value"))
    with first._alone(), pytest.raises(SecretStoreError, match="another process"):
        second.put("B", SecretValue("value"))
    second.put("B", SecretValue("value"))
    first.put("C", SecretValue("value"))
    assert [one.name for one in first.entries()] == ["A", "B", "C"]


def test_the_section_bounds_what_a_guess_costs() -> None:
    section = FileSection()
    assert (section.memory, section.passes) == (64 << 20, 3)
