"""What `validate security` and `run --explain` tell of a spell, and of its surroundings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("llmspell_engine_lua", reason="the spells are in Lua")

LUA = "-- @allow-read: data\n-- @allow-run: git\nerror('this must not run')\n"


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "x.lua").write_text(LUA)
    (tmp_path / "data").mkdir()

    def run(*words: str, status: int = 0, given: str = "") -> str:
        environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
        ended = subprocess.run(
            [sys.executable, "-m", "llmspell", *words],
            cwd=tmp_path,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == status, ended.stderr
        return ended.stdout or ended.stderr

    return run


def test_a_spell_that_asks_for_little_is_sound(told: Callable[..., Any]) -> None:
    said = told("validate", "security", "x.lua", "--allow-read=data")
    assert "read files: data and all below" in said
    assert "run programs: git  (--allow-run=git)" in said
    assert "Nothing is wrong." in said


def test_what_the_header_does_not_ask_for_is_not_held_against_it(told: Callable[..., Any]) -> None:
    said = json.loads(told("validate", "security", "x.lua", "-A", "--json"))
    assert said["sound"] is True
    assert set(said["rights"]) == {"fs.read", "process.exec", "agent.spawn", "state.read", "state.write"}
    assert said["missing"] == []


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("y.py", '"""Say it."""\n# @allow-read: data\n', 2),
        ("y.lua", "--[[ @allow-read: data ]]\nprint(1)\n", 1),
        ("y.js", "/*\n * @allow-net: a.example\n */\n", 2),
        ("y.lua", "-- @allow-read: data\nlocal x = 1\n-- @allow-write\n", 3),
        ("y.lua", "local mail = 'ada@allow.example'\n-- speaks of @allow-read\n", None),
    ],
)
def test_what_looks_like_a_header_and_is_none_is_wrong(
    told: Callable[..., Any], tmp_path: Path, name: str, source: str, line: int | None
) -> None:
    (tmp_path / name).write_text(source)
    said = json.loads(told("validate", "security", name, "--json", status=int(line is not None)))
    wrong = [one["what"] for one in said["findings"] if one["state"] == "fault"]
    assert wrong == ([] if line is None else [f"line {line} is no part of the header"])


@pytest.mark.parametrize(
    ("asked", "flags", "rules"),
    [
        ("@allow-read: data", ("--allow-read=other",), []),
        (
            "@allow-read: data",
            ("--allow-read=other,data", "--deny-read=data/a"),
            ["fs.read=./data", "!fs.read=./data/a"],
        ),
        ("@allow-read: data", ("--allow-read=data/a",), ["fs.read=./data/a"]),
        ("@allow-read", ("--allow-read=other",), ["fs.read=./other"]),
        ("@allow-read: data/*.csv", ("--allow-read=data/a*",), ["fs.read=./data/a*"]),
        ("@allow-read: data/*.csv", ("--allow-read=other",), []),
        ("@allow-net: a.example.com", ("--allow-net=b.example.com",), []),
        ("@allow-net: a.example.com", ("--allow-net=*.example.com:443",), ["net.connect=*.example.com:443"]),
        ("@allow-env: A*", ("--allow-env=B",), []),
        ("@allow-env: A*", ("--allow-env=AB",), ["env.read=AB"]),
    ],
)
def test_what_is_granted_and_asked_for_is_what_it_may(
    told: Callable[..., Any], tmp_path: Path, asked: str, flags: tuple[str, ...], rules: list[str]
) -> None:
    (tmp_path / "x.lua").write_text(f"-- {asked}\n")
    said = json.loads(told("validate", "security", "x.lua", *flags, "--json"))
    held = [
        rule
        for right in ("fs.read", "net.connect", "env.read")
        for rule in said["rights"].get(right, {"rules": []})["rules"]
    ]
    assert [rule.replace(f"={tmp_path}/", "=./") for rule in held] == rules


def test_wide_rights_are_wrong_and_each_says_what_to_do(told: Callable[..., Any]) -> None:
    wide = ("--allow-run=sh", "--allow-write=.,llmspell.toml")
    said = json.loads(told("validate", "security", *wide, "--json", status=1))
    wrong = [one for one in said["findings"] if one["state"] == "fault"]
    assert {one["what"].split()[0] for one in wrong} >= {"sh", "the"}
    assert all(one["why"] and one["next"] for one in wrong)


def test_the_configuration_is_judged_too(told: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(
        '[permissions]\nallow = ["net.connect", "fs.read=data"]\nlabels = "off"\n[scripting]\nisolation = "inline"\n'
    )
    said = told("validate", "security", status=1)
    for words in ("net.connect has no limit", "labels are off", "isolation is inline"):
        assert words in said


def test_a_wrong_grammar_is_among_what_is_wrong(told: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[processes]\ngrammars = ["sort.toml"]\n')
    (tmp_path / "sort.toml").write_text("x")
    said = told("validate", "security", "--allow-run=sort", status=1)
    assert "run programs: sort" in said
    assert "a grammar is wrong: the grammar sort.toml is not TOML" in said


def test_where_a_spell_runs_is_what_the_configuration_says(told: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_text("print(SECURITY_LEVEL)")
    (tmp_path / "llmspell.toml").write_text('[scripting]\nisolation = "inline"\n')
    for words, level, where in (((), "low", "the process of llmspell"), (("--isolation=process",), "high", "its own")):
        assert told("run", "x.lua", *words) == f"{level}\n"
        for verb in (("validate", "security"), ("run", "--explain")):
            assert where in told(*verb, "x.lua", *words, status=int(level == "low"))


def test_a_plugin_that_is_allowed_by_its_name_alone_is_worth_knowing(told: Callable[..., Any], tmp_path: Path) -> None:
    allow = '"lua", "files", "acme", "other==1.0@sha256:' + "0" * 64 + '"'
    (tmp_path / "llmspell.toml").write_text(f"[plugins]\nallow = [{allow}]\n")
    said = json.loads(told("validate", "security", "x.lua", "--json"))
    notes = [one["what"] for one in said["findings"] if one["what"].startswith("the plugin ")]
    assert "the plugin acme is allowed whatever it holds" in notes
    assert not any("other" in one for one in notes)


def test_explain_tells_and_does_not_run(told: Callable[..., Any]) -> None:
    assert "It holds no more than its header asks for." in told("run", "x.lua", "--explain")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("x.lua", "y.lua"), 2, "one spell is judged at a time"),
        (("gone.lua",), 2, "cannot be read"),
        (("x.lua", "--allow=fs.raed=x"), 3, "there is no right 'fs.raed'"),
    ],
)
def test_wrong_questions(told: Callable[..., Any], words: tuple[str, ...], status: int, said: str) -> None:
    assert said in told("validate", "security", *words, status=status)


def test_validate_config_is_config_validate(told: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text("[permissions]\nalow = []\n")
    assert "alow" in told("validate", "config", status=3)


# -- secrets -----------------------------------------------------------------------------------------------------------

PLUGIN = """
from typing import ClassVar

from attrs import frozen
from llmspell.spec import config_section, hookimpl
from llmspell.spec.secrets import SecretRef


@frozen
class Section:
    \"""A service of the weather.\"""

    SECRETS: ClassVar = ("api_key",)

    api_key: SecretRef | None = None


@hookimpl
def llmspell_config_sections():
    return [config_section("weather", f"{__name__}:Section", "The weather.", path="weather")]
"""


@pytest.fixture
def secrets(told: Callable[..., Any], tmp_path: Path) -> Callable[[str], list[str]]:
    """Give a function that tells what is said of secrets with some lines added to the configuration."""
    pytest.importorskip("llmspell_secrets", reason="it brings the store")
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text("correct horse")
    (tmp_path / "weather.py").write_text(PLUGIN)

    def tell(lines: str) -> list[str]:
        store = f'[secrets.file]\npassword_file = "{password}"\nmemory = "8MB"\npasses = 1\n'
        (tmp_path / "llmspell.toml").write_text(store + lines)
        for name, more in (("BOUND_TOKEN", ("--host", "api.example.com")), ("LOOSE_TOKEN", ())):
            told("keys", "set", name, *more, "-p", "./weather.py", given="a value of some length")
        said = json.loads(told("validate", "security", "--json", "-p", "./weather.py"))
        return [one["what"] for one in said["findings"] if "secret" in one["what"]]

    return tell


LOOSE = "the secret LOOSE_TOKEN of the store file is bound to no host"


def test_a_secret_that_a_store_keeps_for_no_host_is_told(secrets: Callable[[str], list[str]]) -> None:
    assert secrets("") == [LOOSE]


def test_a_secret_of_the_configuration_is_bound_by_its_store(secrets: Callable[[str], list[str]]) -> None:
    assert secrets('[weather]\napi_key = "${secret:BOUND_TOKEN}"\n') == [LOOSE]


@pytest.mark.parametrize("value", ["${secret:LOOSE_TOKEN}", "${secret:NO_TOKEN}", "plain"])
def test_a_secret_of_the_configuration_that_no_store_binds_is_told(
    secrets: Callable[[str], list[str]], value: str
) -> None:
    found = secrets(f'[weather]\napi_key = "{value}"\n')
    assert found == ["the secret weather.api_key is bound to nothing", LOOSE]


def test_a_key_that_never_leaves_this_machine_needs_no_host(secrets: Callable[[str], list[str]]) -> None:
    pytest.importorskip("llmspell_audit", reason="its records are signed")
    assert secrets('[audit]\nsigning_key = "a key that signs what is written"\n') == [LOOSE]
