from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from llmspell.cli.escaped import escaped
from llmspell.cli.rights_kept import NotKeptError, keep
from llmspell.services.config import Config


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Config.load(environment={"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")})


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# mine\n",
        '[scripting]\nisolation = "process"  # so\n',
        "[permissions]\n",
        '[permissions]  # rights\ndeny = ["fs.read=x"]\n\n[scripting]\n',
        '[permissions]\nallow = ["fs.read=docs"]  # docs\n',
        '[permissions]\nallow = [\n  "fs.read=docs", # one\n  "env.read=A",\n]\n[storage]\n',
        "[permissions]\nallow = []",
    ],
)
def test_a_rule_is_added_and_the_rest_stays(config: Config, before: str) -> None:
    file = Path("llmspell.toml")
    file.write_text(before)
    assert keep(["fs.read=sub/a"], config, literal=True) == file.absolute()
    after, old = tomllib.loads(file.read_text()), tomllib.loads(before)
    kept = old.get("permissions", {}).get("allow", [])
    assert after == {**old, "permissions": {**old.get("permissions", {}), "allow": ["fs.read=./sub/a", *kept]}}
    assert all(line in file.read_text() for line in before.splitlines() if "allow" not in line)
    assert Config.load(working=Path.cwd(), environment={}).permission_rules()[0] == "fs.read=./sub/a"


def test_rules_that_are_added_one_by_one_stand_one_below_the_other(config: Config) -> None:
    for rule in ("env.read=A", "env.read=B", "env.read=C"):
        file = keep([rule], config, literal=True)
    lines = ["[permissions]", "allow = [", *(f'    "env.read={one}",' for one in "CBA"), "]"]
    assert file.read_text().splitlines() == lines


@pytest.mark.parametrize(
    "before",
    [
        'permissions = { allow = ["fs.read=x"] }\n',
        'permissions.allow = ["fs.read=x"]\n',
        "not toml",
        '"""[permissions]',
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_alone(config: Config, before: str) -> None:
    file = Path("llmspell.toml")
    file.write_text(before)
    with pytest.raises(NotKeptError, match="cannot be added to"):
        keep(["process.exec=git"], config, literal=True)
    assert file.read_text() == before


def test_without_a_file_of_the_project_it_is_the_users_and_paths_are_whole(config: Config, tmp_path: Path) -> None:
    path = keep(["fs.read=sub/a", "net.connect=a.example.com:443"], config, literal=True)
    assert path == tmp_path / "xdg" / "llmspell" / "config.toml"
    assert tomllib.loads(path.read_text())["permissions"]["allow"] == [
        f"fs.read={tmp_path}/work/sub/a",
        "net.connect=a.example.com:443",
    ]


@pytest.mark.parametrize("target", ["/w/*", "/w/a?", "/w/[a]"])
def test_what_was_asked_for_with_a_wildcard_in_its_name_cannot_be_kept(config: Config, target: str) -> None:
    with pytest.raises(NotKeptError, match="wildcard"):
        keep([f"fs.read={target}"], config, literal=True)
    assert keep([f"fs.read={target}"], config, literal=False).is_file()


def test_a_name_cannot_write_other_keys(config: Config) -> None:
    Path("llmspell.toml").write_text("[permissions]\n")
    rule = 'process.exec=x"]\nallow = ["fs.read'
    keep([rule], config, literal=False)
    assert tomllib.loads(Path("llmspell.toml").read_text()) == {"permissions": {"allow": [rule]}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("docs/guide.md", "docs/guide.md"),
        ("bücher/日本", "bücher/日本"),
        ('a" granted', 'a\\" granted'),
        ("a\ngrant it? ", "a\\ngrant it? "),
        ("a\r\x1b[2K", "a\\r\\u{1b}[2K"),
        ("a\u202egnp", "a\\u{202e}gnp"),
        ("a\u200bb\u00a0c", "a\\u{200b}b\\u{a0}c"),
        ("e\u0301", "e\\u{301}"),
        ("a\\n", "a\\\\n"),
        ("\x9b31m", "\\u{9b}31m"),
        ("\ud800", "\\u{d800}"),
    ],
)
def test_text_is_shown_so_that_it_does_nothing(text: str, shown: str) -> None:
    assert escaped(text) == shown
