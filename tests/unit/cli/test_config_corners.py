"""Configurations that are too deep, too many, no files, or hold secrets where nobody looks for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ConfigError
from llmspell.services.config import Config
from llmspell.services.config_sections import is_secret
from llmspell.services.config_sources import Leaf, lay
from llmspell.services.secrets import SecretService


@pytest.fixture
def load(tmp_path):
    """Load a configuration of one text."""

    def made(text, *, check=True):
        (tmp_path / "llmspell.toml").write_text(text)
        return Config.load(environment={}, working=tmp_path, user_folder=tmp_path / "user", check=check)

    return made


KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)
VALUES = st.sampled_from([1, 2, {}])


def laid(leaves, above):
    """Lay a layer over another the slow way: every key against every other."""
    for key, leaf in above.items():
        if leaf.value == {} and any(k[: len(key)] == key for k in leaves):
            continue
        for covered in [k for k in leaves if k[: len(key)] == key or key[: len(k)] == k]:
            del leaves[covered]
        leaves[key] = leaf
    return leaves


@given(st.dictionaries(KEYS, VALUES), st.dictionaries(KEYS, VALUES))
def test_layers_are_laid_as_if_each_key_were_held_against_each(below, above):
    lower, upper = ({k: Leaf(v, "x") for k, v in one.items()} for one in (below, above))
    lower = laid({}, lower)
    found = dict(lower)
    lay(found, upper)
    assert found == laid(dict(lower), upper)


def test_many_keys(load):
    text = "[system.feature_flags]\n" + "".join(f"flag_{n} = true\n" for n in range(30_000))
    assert len(load(text).section("system").feature_flags) == 30_000


@pytest.mark.parametrize("text", [".".join("a" * 33) + " = 1", ".".join("a" * 5000) + " = 1"])
def test_tables_that_are_too_deep(load, text):
    with pytest.raises(ConfigError, match="has tables more than 32 deep"):
        load(text)
    load(".".join("a" * 32) + " = 1", check=False)


def test_a_folder_in_place_of_the_file_is_a_fault(tmp_path):
    """Or a rule that was to be denied would be granted without a word."""
    (tmp_path / "llmspell.toml").mkdir()
    with pytest.raises(ConfigError, match="is no file"):
        Config.load(environment={}, working=tmp_path, user_folder=tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        '[providers.openai]\napi_key = ["sk-hidden"]',
        '[providers.openai]\napi_key = {a = "sk-hidden"}',
        '[providers.openai]\nheaders = {Authorization = "Bearer sk-hidden"}',
        '[providers.openai]\nheaders = {"X-Api-Key" = "sk-hidden"}',
        '[providers.openai]\nheaders = [{token = "sk-hidden"}]',
        '[providers.openai]\nbase_url = "http://ada:sk-hidden@models.example/v1"',
        '[providers.openai]\nbase_url = ["http://ada:sk-hidden@models.example/v1"]',
        '[providers.openai]\ntimeout = "http://ada:sk-hidden@models.example/v1"',
        '[providers.openai]\napi_key = "sk-hidden"\ntimeout = "sk-hidden"',
        '[nobody]\nfoo_token = "sk-hidden"\nlist = [{password = "sk-hidden"}]',
    ],
)
def test_no_secret_is_printed(llmspell, tmp_path, text):
    (tmp_path / "llmspell.toml").write_text(text)
    for words in (("show",), ("explain", "--json"), ("validate", "--verbose", "--json")):
        done = llmspell("config", *words)
        assert done.status in (0, 3)
        assert "sk-hidden" not in done.out + done.err, words


def test_the_password_of_an_address_is_a_secret(load):
    secrets = SecretService({})
    load('[providers.x]\nbase_url = "http://ada:pass-word@host/v1"').fill(secrets)
    assert secrets.redact("http://ada:pass-word@host") == "http://ada:<secret providers.x.base_url.password>@host"


@pytest.mark.parametrize("name", ["api_key", "API_KEY", "x-api-key", "token", "my_token", "Authorization", "Cookie"])
def test_names_of_secrets(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", ["keep", "key", "tokens", "max_tokens", "tokenizer", "api_key_env", "monkey"])
def test_names_of_others(name):
    assert not is_secret(name)


def test_an_allow_list_that_is_wrong_is_told_with_all_the_rest_and_lets_nobody_in(llmspell, tmp_path):
    site = tmp_path / "site"
    info = site / "acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text("[llmspell.v1]\nconfig_sections.acme = acme_plugin\n")
    (site / "acme_plugin.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    (tmp_path / "llmspell.toml").write_text('[plugins]\nallow = ["a b"]\n[hooks]\nexecution_timeout = -1\n')
    done = llmspell("config", "validate", PYTHONPATH=str(site), LLMSPELL_CACHE_DIR=str(tmp_path / "cache"))
    assert done.status == 3
    assert "plugins.allow 'a b' names no plugin" in done.err
    assert "hooks.execution_timeout" in done.err
    assert not (tmp_path / "imported").exists()
