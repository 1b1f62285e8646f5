from __future__ import annotations

from pathlib import Path

import pytest

from llmspell.cli.security_faults import FAULT, NOTE, Places, of_places, of_rules, together
from llmspell.cli.security_words import meaning
from llmspell.services.permission_rights import RIGHTS
from llmspell.services.permissions import Grants

CWD = "/work/project"


def judged(*rules: str) -> dict[str, set[str]]:
    found = list(of_rules(Grants.parse(rules, cwd=CWD).rules(), {"ls", "git"}.__contains__))
    return {state: {one.what for one in found if one.state == state} for state in (FAULT, NOTE)}


@pytest.mark.parametrize(
    "rule",
    [
        *(right for right in RIGHTS if not right.startswith(("agent.", "state.", "process."))),
        "fs.read=/",
        "fs.write=~",
        "net.connect=*:443",
        "net.connect=*.github.io",
        "net.connect=*.com",
        "net.connect=*.s3.amazonaws.com",
        "net.connect=127.0.0.1:8080",
        "net.connect=10.0.0.0/8",
        "net.connect=169.254.169.254",
        "net.connect=[fe80::1]:80",
        "net.connect=[::ffff:127.0.0.1]:80",
        "net.connect=localhost:1",
        "mail.send=*@*",
        *(
            f"process.exec={name}"
            for name in ("sh", "bash", "python3.12", "node", "env", "xargs", "find", "sudo", "ssh")
        ),
        "process.exec=bash -c *",
    ],
)
def test_a_rule_that_gives_more_than_it_seems_to_is_wrong(rule: str) -> None:
    assert judged(rule)[FAULT]


@pytest.mark.parametrize(
    "rule",
    [
        "fs.read=data",
        "fs.write=build/**/*.html",
        "net.connect=api.example.com:443",
        "net.connect=8.8.8.8:53",
        "process.exec=ls",
        "process.exec=git log *",
        "process.exec=make build",
        "env.read=LANG",
        "mail.send=example.com",
        "db.connect=sqlite:data/x.db",
        "secret.use=MAIL_PASSWORD",
        "agent.spawn",
        "state.write",
        "!process.exec=sh",
    ],
)
def test_a_rule_that_says_what_it_gives_is_sound(rule: str) -> None:
    assert judged(rule) == {FAULT: set(), NOTE: set()}


@pytest.mark.parametrize(
    "rule",
    [
        "net.connect=api.example.com",
        "net.connect=*.example.com:443",
        "process.exec=curl",
        "process.exec",
        "process.exec=s?",
        "process.exec=ffmpeg",
    ],
)
def test_what_is_worth_knowing_is_a_note(rule: str) -> None:
    found = judged(rule)
    assert (found[FAULT], len(found[NOTE])) == (set(), 1)


def test_places_that_a_spell_must_not_write_to_are_looked_at_as_they_are_granted() -> None:
    places = Places(Path(CWD, "x.lua"), (Path(CWD, "llmspell.toml"),))

    def found(*rules: str) -> list[str]:
        return [one.what for one in of_places(Grants.parse(rules, cwd=CWD), places)]

    assert found("fs.write=build") == []
    assert found("fs.write=.") == ["the spell may write to its own folder"]
    assert found("fs.write=llmspell.toml") == [f"the spell may write {CWD}/llmspell.toml"]
    assert found("fs.write=llmspell.toml", "!fs.write=*.toml") == []
    assert found("fs.write=.", "!fs.write=*.lua", "!fs.write=llmspell.toml") == []
    assert found("fs.read=/") == [one for one in found("fs.read=/") if "may read" in one]


def test_a_trusted_spell_cannot_change_itself_which_is_a_note() -> None:
    found = list(of_places(Grants.parse(["fs.write=."], cwd=CWD), Places(Path(CWD, "x.py"), (), trusted=True)))
    assert [(one.state, one.what) for one in found] == [(NOTE, "the spell may write to its own folder")]
    assert "no tool may write what it was loaded from" in found[0].why


def test_labels_off_are_wrong_where_data_could_leave() -> None:
    both = Grants.parse(["fs.read=data", "net.connect=a.example.com:443"], cwd=CWD)
    assert [one.state for one in together(both, "off")] == [FAULT]
    assert not list(together(both, "approve"))
    assert not list(together(Grants.parse(["fs.read=data"], cwd=CWD), "off"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("fs.read=/work/project", "this folder"),
        ("fs.read=/work/project/data", "data"),
        ("fs.write=/work/project/*.html", "*.html (what fits, and below)"),
        ("fs.read=/etc\nx", "/etc\\nx"),
        ("fs.read=*", "every file"),
        ("net.connect=*.example.com:443", "every host below example.com, port 443"),
        ("net.connect=10.0.0.0/8", "10.0.0.0/8, every port"),
        ("mail.send=*@example.com", "anybody at example.com"),
        ("process.exec=git", "git"),
    ],
)
def test_rules_in_plain_words(rule: str, said: str) -> None:
    assert meaning(rule, CWD) == said
