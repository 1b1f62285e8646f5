"""`config explain`: the chain of layers of a key, its owner, its faults, and nothing of its secrets."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def explained(llmspell, tmp_path):
    """Explain keys as data by their names; standard error comes beside."""

    def explain(*words, **env):
        done = llmspell("config", "explain", *words, "--json", **env)
        assert done.status == 0, done
        return {one["key"]: one for one in json.loads(done.out)}

    return explain


def chain(about):
    return [(step["layer"], step["value"], step["wins"]) for step in about["layers"]]


def test_every_layer_says_what_it_says(explained, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text("[events]\nbuffer_size = 1\n")
    (tmp_path / "llmspell.toml").write_text("\n[events]\nbuffer_size = 2\n")
    (tmp_path / "llmspell.test.toml").write_text("events.buffer_size = 3\n")
    (tmp_path / "more.toml").write_text("# more\n\n[events]\nkeep = ['x']\nbuffer_size = 4\n")
    env = {"LLMSPELL_ENV": "test", "LLMSPELL_EVENTS__BUFFER_SIZE": "5"}
    about = explained("events.buffer_size", "--config", "more.toml", **env)["events.buffer_size"]
    assert chain(about) == [
        ("default", 1000, False),
        ("user file", 1, False),
        ("project file", 2, False),
        ("LLMSPELL_ENV file", 3, False),
        ("--config file", 4, False),
        ("environment", "5", True),
    ]
    assert [step["line"] for step in about["layers"]] == [None, 2, 3, 1, 5, None]
    assert about["layers"][3]["origin"] == str(tmp_path / "llmspell.test.toml")
    assert about["layers"][5]["origin"] == "LLMSPELL_EVENTS__BUFFER_SIZE"
    assert about["value"] == 5
    assert about["variable"] == "LLMSPELL_EVENTS__BUFFER_SIZE"
    assert (about["type"], about["default"], about["meaning"]) == ("a whole number", 1000, "Events kept for replay.")
    assert (about["section"], about["plugin"], about["distribution"]) == ("events", None, "llmspell")
    assert about["restart"] is False


def test_a_default_wins_where_nobody_says_more(explained):
    about = explained("scripting.max_cpu_time")["scripting.max_cpu_time"]
    assert chain(about) == [("default", "60s", True)]
    assert (about["value"], about["restart"]) == ("60s", True)


def test_a_table_is_won_key_by_key(explained, tmp_path):
    (tmp_path / "llmspell.toml").write_text("[system.feature_flags]\na = true\nb = true\n")
    about = explained("system.feature_flags", LLMSPELL_SYSTEM__FEATURE_FLAGS__A="no")["system.feature_flags"]
    assert chain(about) == [
        ("default", {}, False),
        ("project file", {"a": True}, False),
        ("project file", {"b": True}, True),
        ("environment", {"a": "no"}, True),
    ]
    assert about["value"] == {"a": False, "b": True}
    assert "system.feature_flags" in explained("system.feature_flags.a")


def test_sections_and_everything(explained):
    assert set(explained("hooks")) == {"hooks.enabled", "hooks.execution_timeout", "hooks.error_handling"}
    every = explained()
    assert {"events.keep", "providers.openai.api_key", "storage.sqlite.wait"} <= set(every)
    assert every["storage.sqlite.wait"]["plugin"] == "sqlite"
    assert every["storage.sqlite.wait"]["distribution"] == "llmspell-storage-sqlite"
    assert len(explained("events", "events.keep")) == 3


def test_a_variable_that_stands_in(explained, tmp_path):
    env = {"OPENAI_BASE_URL": "http://models.example/v1"}
    about = explained("providers.openai.base_url", **env)["providers.openai.base_url"]
    assert chain(about)[1] == ("variable", "http://models.example/v1", True)
    assert about["value"] == "http://models.example/v1"
    (tmp_path / "llmspell.toml").write_text('[providers.openai]\nbase_url = "http://mine.example"\n')
    assert explained("providers.openai.base_url", **env)["providers.openai.base_url"]["value"] == "http://mine.example"


def test_secrets_are_masked_in_every_layer(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[providers.openai]\napi_key = "sk-first"\nheaders = {x_token = "hush"}\n')
    (tmp_path / "more.toml").write_text('providers.openai.api_key = "${MY_SECRET_KEY}"\n')
    words = ("config", "explain", "providers.openai", "--config", "more.toml")
    for flags in ((), ("--json",), ("--verbose",)):
        done = llmspell(*words, *flags, MY_SECRET_KEY="sk-second", LLMSPELL_PROVIDERS__OPENAI__API_KEY="sk-third")
        assert done.status == 0, done
        assert "***" in done.out
        for secret in ("sk-first", "sk-second", "sk-third", "hush"):
            assert secret not in done.out + done.err


def test_faults_elsewhere_are_told_beside(llmspell, tmp_path):
    (tmp_path / "llmspell.toml").write_text("[events]\nbuffer_size = 0\nkep = 1\n[nobody]\nx = 1\n")
    done = llmspell("config", "explain", "events.buffer_size")
    assert done.status == 0
    assert done.out.startswith("events.buffer_size = 0\n")
    assert f"-> project file ({tmp_path / 'llmspell.toml'}:2): 0" in done.out
    for told in ("events.buffer_size is 0, less than 1", "did you mean keep?", "nobody is a section nobody declares"):
        assert told in done.err
    (tmp_path / "bad.toml").write_text("x = [")
    broken = llmspell("config", "explain", "events.keep", "--config", "bad.toml")
    assert (broken.status, broken.out.splitlines()[0]) == (0, "events.keep = []")
    assert "bad.toml:1 is not TOML" in broken.err


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("events.bufer_size", "did you mean events.buffer_size?"),
        ("buffer_size", "did you mean events.buffer_size?"),
        ("evnts", "did you mean events?"),
        ("zzzz", "lists every key"),
    ],
)
def test_an_unknown_key_is_an_error_with_the_nearest(llmspell, name, near):
    done = llmspell("config", "explain", name, "--json")
    assert done.status == 3
    error = json.loads(done.out)["error"]
    assert error["code"] == 6001
    assert any(near in remedy for remedy in error["suggestions"])
