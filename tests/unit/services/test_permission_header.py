from __future__ import annotations

import pytest

from llmspell.errors import ConfigError
from llmspell.services.permission_header import header_of
from llmspell.services.permissions import Grants

CWD = "/work"

LUA = """#!/usr/bin/env llmspell-lua
-- Reads what is there.
--- @module report

-- @allow-read: ./data, docs
--   @allow-net: api.example.com:443
-- @allow: mail.send=example.com, secret.use=MAIL_PASSWORD
local x = 1
-- @allow-run: git
"""
SAME = {
    "lua": LUA,
    "javascript": LUA.replace("\n--", "\n//").replace("--", "//"),
    "python": LUA.replace("\n--", "\n#").replace("--", "#"),
}
ASKED = (
    "fs.read=/work/data",
    "fs.read=/work/docs",
    "net.connect=api.example.com:443",
    "mail.send=*@example.com",
    "secret.use=MAIL_PASSWORD",
)


@pytest.mark.parametrize("language", SAME)
def test_a_header_is_the_comments_before_the_first_line_of_code(language: str) -> None:
    found = header_of(SAME[language], "report", CWD)
    assert found is not None
    assert found.rules == ASKED


@pytest.mark.parametrize(
    "source",
    [
        "",
        "local x = 1",
        "print('@allow-read: /')\n-- @allow-read: /",
        "-- see @allow-read: x",
        "-- x\nlocal y\n-- @allow",
    ],
)
def test_what_is_no_header_asks_for_nothing(source: str) -> None:
    assert header_of(source, "x.lua", CWD) is None


@pytest.mark.parametrize(
    ("line", "said", "advice"),
    [
        ("@allow-raed: x", "there is no `@allow-raed`", "write `@allow-read`"),
        ("@allow-all", "there is no `@allow-all`", "write"),
        ("@allow-fs.read: x", "there is no `@allow-fs.read`", "write `@allow: fs.read=TARGET`"),
        ("@allow: fs.raed=x", "there is no right 'fs.raed'", "Use fs.read."),
        ("@allow", "`@allow` names no right", "RIGHT=TARGET"),
        ("@allow-net: https://x.org/", "is an address of a page", "Write `api.example.com`"),
        ("@allow-read:", "names no target", "for every one"),
        ("@allow: !fs.read=x", "a header only asks", ""),
        ("@deny-read: x", "there is no `@deny-read`", "a header only asks"),
    ],
)
def test_a_header_that_asks_for_no_right_is_an_error_with_its_line(line: str, said: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        header_of(f"-- ok\n-- {line}\n", "x.lua", CWD)
    assert said in caught.value.message
    assert caught.value.where == "x.lua:2"
    assert advice in " ".join(caught.value.suggestions)


def test_all_faults_of_a_header_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        header_of("# @allow-a: x\n# @allow-read: y\n# @allow: b=c\n", "x.py", CWD)
    assert [path for path, _ in caught.value.faults] == ["x.py:1", "x.py:3"]


def test_a_run_holds_what_is_granted_and_asked_for() -> None:
    header = header_of("-- @allow-read: data\n-- @allow-net\n", "x.lua", CWD)
    assert header is not None
    held = Grants.everything(cwd=CWD).intersect(header.limit(CWD))
    assert held.allows("fs.read", "data/a")
    assert not held.allows("fs.read", "other")
    assert not held.may("process.exec")
    assert held.allows("agent.spawn", "x")
    assert held.allows("state.write", "k")
    less = Grants.parse(["net.connect=a.example.com"], cwd=CWD).intersect(header.limit(CWD))
    assert less.allows("net.connect", "a.example.com:1")
    assert not less.allows("net.connect", "b.example.com")
    assert not less.allows("fs.read", "data/a")
