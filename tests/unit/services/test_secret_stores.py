"""Secrets of stores among the others: when one is looked for there, opened, sent, and told."""

from __future__ import annotations

import logging

import pytest

from llmspell.errors import AuthenticationError, ConfigError, PermissionDeniedError, SecretStoreError
from llmspell.services.config import Config
from llmspell.services.secret_stores import SecretStores
from llmspell.services.secrets import SecretService
from llmspell.spec.secret_stores import SecretValue, StoredSecret
from llmspell.spec.secrets import SecretRef


class Kept:
    """A store in memory, that counts how often a value was asked for."""

    def __init__(self, **values: SecretValue) -> None:
        self.values = values
        self.opened = 0

    def open(self, opening: object) -> None:
        raise AssertionError(opening)

    def entries(self) -> list[StoredSecret]:
        return [StoredSecret(name, value.hosts) for name, value in self.values.items()]

    def get(self, name: str) -> SecretValue | None:
        self.opened += 1
        return self.values.get(name)

    def put(self, name: str, value: SecretValue) -> None:
        self.values[name] = value

    def remove(self, name: str) -> bool:
        return self.values.pop(name, None) is not None

    def rotate(self) -> int:
        return len(self.values)


class Broken(Kept):
    def entries(self) -> list[StoredSecret]:
        raise SecretStoreError("the file is damaged")


def service(environment: dict[str, str] | None = None, **stores: Kept) -> SecretService:
    return SecretService(environment or {}, stores=SecretStores(lambda: stores))


def test_a_store_is_opened_when_its_secret_is_sent_and_not_before():
    store = Kept(A_KEY=SecretValue("value-a"))
    secrets = service(file=store)
    ref = secrets.get("A_KEY")
    assert ref is not None
    assert secrets.get("B_KEY") is None
    assert [tuple(one) for one in secrets.sources()] == [("A_KEY", "store file", ())]
    assert store.opened == 0
    for _ in range(3):
        assert secrets.resolve(ref.bound("x.org", "Bearer {}"), "x.org") == "Bearer value-a"
    assert store.opened == 1
    assert secrets.redact("it was value-a") == "it was <secret A_KEY>"


def test_the_environment_comes_first_unless_a_store_is_named():
    secrets = service({"A_KEY": "of-the-environment"}, file=Kept(A_KEY=SecretValue("of-the-store")))
    assert secrets.resolve(SecretRef("A_KEY", host="x"), "x") == "of-the-environment"
    secrets = service({"A_KEY": "of-the-environment"}, file=Kept(A_KEY=SecretValue("of-the-store")))
    secrets.declare_stored("A_KEY")
    assert secrets.resolve(SecretRef("A_KEY", host="x"), "x") == "of-the-store"
    assert [one.place for one in secrets.sources()] == ["store file"]


def test_the_first_store_that_has_it_wins():
    secrets = service(one=Kept(A=SecretValue("first")), two=Kept(A=SecretValue("second"), B=SecretValue("third")))
    assert secrets.resolve(SecretRef("A", host="x"), "x") == "first"
    assert secrets.resolve(SecretRef("B", host="x"), "x") == "third"


@pytest.mark.parametrize("host", ["api.example.org", "API.example.org"])
def test_a_secret_goes_to_the_hosts_it_is_kept_for(host):
    secrets = service(file=Kept(A=SecretValue("value-a", ("api.example.org",))))
    assert secrets.resolve(SecretRef("A", host="*"), host) == "value-a"


@pytest.mark.parametrize("host", ["evil.org", "api.example.org.evil.org", "example.org", "xapi.example.org"])
def test_and_to_no_other_whatever_the_handle_says(host):
    secrets = service(file=Kept(A=SecretValue("value-a", ("api.example.org",))))
    for _ in range(2):
        with pytest.raises(PermissionDeniedError, match="is kept for") as caught:
            secrets.resolve(SecretRef("A", host="*"), host)
        assert "value-a" not in str(caught.value.to_dict())


def test_a_secret_that_no_store_has():
    secrets = service(file=Kept())
    secrets.declare_stored("work")
    assert secrets.get("work") is None
    with pytest.raises(AuthenticationError, match="work has no value") as caught:
        secrets.resolve(SecretRef("work", host="x"), "x")
    assert caught.value.suggestions == ("Run `llmspell keys set work`.",)


def test_a_broken_store_is_a_warning_until_it_may_matter(caplog):
    secrets = service({"A_KEY": "value-a"}, broken=Broken(), file=Kept(B_KEY=SecretValue("value-b")))
    with caplog.at_level(logging.WARNING):
        assert secrets.get("C_KEY") is None
    assert "secrets of broken cannot be read" in caplog.text
    assert secrets.resolve(SecretRef("A_KEY", host="x"), "x") == "value-a"
    assert secrets.resolve(SecretRef("B_KEY", host="x"), "x") == "value-b"
    with pytest.raises(SecretStoreError, match="damaged"):
        secrets.resolve(SecretRef("C_KEY", host="x"), "x")


def test_a_value_shows_nowhere():
    value = SecretValue("very-secret", ("x.org",))
    assert "very-secret" not in f"{value} {value!r} {[value]}"


@pytest.fixture
def config(tmp_path):
    def load(text: str) -> Config:
        (tmp_path / "llmspell.toml").write_text(text)
        return Config.load(environment={}, working=tmp_path, user_folder=tmp_path / "user", check=False)

    return load


def test_a_configuration_names_a_secret_of_a_store(config):
    made = config('[providers.openai]\napi_key = "${secret:work}"\n')
    secrets = service(file=Kept(work=SecretValue("value-a")))
    made.fill(secrets)
    ref = made.get("providers.openai.api_key")
    assert isinstance(ref, SecretRef)
    assert ref.name == "work"
    assert secrets.resolve(ref.bound("x"), "x") == "value-a"
    assert made.to_dict() == {"providers": {"openai": {"api_key": "<secret work>"}}}


@pytest.mark.parametrize(
    "text", ['[scripting]\ndefault_engine = "${secret:work}"', '[events]\nkeep = ["a", "x${secret:work}"]']
)
def test_it_may_stand_only_where_a_secret_is_wanted(config, text):
    with pytest.raises(ConfigError, match="can only be the whole value of a secret key"):
        config(text).section(text[1:].partition("]")[0])
