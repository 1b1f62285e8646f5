"""The keyring of the system, with a backend of this test in its place: that is what `keyring` offers backends for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import keyring
import keyring.backend
import keyring.errors
import pytest
from keyring.backends import fail, null

from llmspell.errors import SecretStoreError
from llmspell.spec.secret_stores import Opening, SecretValue, StoredSecret
from llmspell_secrets.section import KeyringSection
from llmspell_secrets.system import SystemKeyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Ring(keyring.backend.KeyringBackend):
    """Keep passwords in memory, and be locked when a test wants that."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _look(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("it is locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._look()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._look()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._look()
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not found")


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path: Path) -> SystemKeyring:
    made = SystemKeyring()
    made.open(Opening(tmp_path, KeyringSection(), None))  # type: ignore[arg-type]  # it asks for no password
    return made


def test_what_is_kept_is_found_again(ring: Ring, store: SystemKeyring, tmp_path: Path) -> None:
    assert store.entries() == []
    store.put("A_KEY", SecretValue("sk-1", ("api.example.org",)))
    store.put("B_KEY", SecretValue("sk-2"))
    assert store.entries() == [StoredSecret("A_KEY", ("api.example.org",)), StoredSecret("B_KEY")]
    assert store.get("A_KEY") == ("sk-1", ("api.example.org",))
    assert store.get("C_KEY") is None
    assert set(ring.kept) == {("llmspell", "A_KEY"), ("llmspell", "B_KEY")}
    assert "sk-1" not in (tmp_path / "keyring.json").read_text()
    assert store.remove("A_KEY")
    assert not store.remove("A_KEY")
    assert store.entries() == [StoredSecret("B_KEY")]


def test_hosts_are_those_beside_the_value(ring: Ring, store: SystemKeyring, tmp_path: Path) -> None:
    store.put("A", SecretValue("sk-1", ("api.example.org",)))
    (tmp_path / "keyring.json").write_text(json.dumps({"version": 1, "names": {"A": []}}))
    value = store.get("A")
    assert value is not None
    assert value.hosts == ("api.example.org",)
    assert len(ring.kept) == 1


def test_a_locked_keyring_and_one_that_is_not_there(ring: Ring, store: SystemKeyring) -> None:
    ring.locked = True
    with pytest.raises(SecretStoreError, match="it is locked"):
        store.put("A", SecretValue("x"))
    assert store.entries() == []
    for nothing in (fail.Keyring(), null.Keyring()):
        keyring.set_keyring(nothing)
        with pytest.raises(SecretStoreError, match="no keyring here") as caught:
            store.get("A")
        assert "--store file" in caught.value.suggestions[1]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"names": 1}', '{"names": {"A": 1}}'])
def test_a_list_that_is_none(store: SystemKeyring, tmp_path: Path, text: str) -> None:
    (tmp_path / "keyring.json").write_text(text)
    with pytest.raises(SecretStoreError, match="no list of names"):
        store.entries()


def test_something_of_others(ring: Ring, store: SystemKeyring) -> None:
    ring.kept["llmspell", "A"] = "plain"
    with pytest.raises(SecretStoreError, match="did not write"):
        store.get("A")


def test_its_password_is_the_system_s(store: SystemKeyring) -> None:
    with pytest.raises(SecretStoreError, match="password of its own"):
        store.rotate()
