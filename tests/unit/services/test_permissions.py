from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ConfigError, PermissionDeniedError
from llmspell.services.permission_rights import FLAGS, RIGHTS, flag
from llmspell.services.permissions import Grants

CWD = "/work"


def grants(*rules: str) -> Grants:
    return Grants.parse(rules, cwd=CWD)


@pytest.mark.parametrize(
    ("rule", "target", "allowed"),
    [
        ("fs.read=data", "data", True),
        ("fs.read=./data", "/work/data/a/b.txt", True),
        ("fs.read=data", "/work/database", False),
        ("fs.read=data", "data/../other", False),
        ("fs.read=data", "../work/data/x", True),
        ("fs.read=/", "/etc/passwd", True),
        ("fs.read=.", "/work", True),
        ("fs.read=.", "/", False),
        ("fs.read=*", "/anything", True),
        ("fs.read", "/anything", True),
        ("fs.read=data/*.csv", "data/a.csv", True),
        ("fs.read=data/*.csv", "data/sub/a.csv", False),
        ("fs.read=data/*.csv", "data/a.csv.exe", False),
        ("fs.read=data/**/*.csv", "data/x/y/a.csv", True),
        ("fs.read=data/**/*.csv", "data/a.csv", True),
        ("fs.read=data/**", "data/x/y", True),
        ("fs.read=data/**", "data", True),
        ("fs.read=data/?", "data/a", True),
        ("fs.read=data/?", "data/ab", False),
        ("fs.read=**/.env", "/work/x/.env", True),
        ("fs.read=data", "*", False),
        ("net.connect=api.example.com", "api.example.com", True),
        ("net.connect=api.example.com", "API.Example.com.:443", True),
        ("net.connect=api.example.com:443", "api.example.com:443", True),
        ("net.connect=api.example.com:443", "api.example.com:80", False),
        ("net.connect=api.example.com:443", "api.example.com", False),
        ("net.connect=example.com", "api.example.com", False),
        ("net.connect=*.example.com", "api.example.com:1", True),
        ("net.connect=*.example.com", "example.com", False),
        ("net.connect=*.example.com", "evilexample.com", False),
        ("net.connect=*:443", "anything:443", True),
        ("net.connect=10.0.0.0/8", "10.1.2.3:80", True),
        ("net.connect=10.0.0.0/8", "11.1.2.3", False),
        ("net.connect=127.0.0.1", "[::ffff:127.0.0.1]:80", True),
        ("net.connect=[::1]:8080", "[::1]:8080", True),
        ("net.connect=::1", "[::1]:8080", True),
        ("net.connect=::1", "[0:0:0:0:0:0:0:1]:8080", True),
        ("net.connect=bücher.example", "xn--bcher-kva.example", True),
        ("net.connect=*", "bad host", False),
        ("process.exec=git", "git", True),
        ("process.exec=git", "github", False),
        ("env.read=LLM_*", "LLM_KEY", True),
        ("env.read=LLM_*", "PATH", False),
        ("env.read=?", "*", False),
        ("mail.send=*@example.com", "ada@example.com", True),
    ],
)
def test_what_a_rule_covers(rule: str, target: str, allowed: bool) -> None:
    right = rule.partition("=")[0]
    assert grants(rule).allows(right, target) is allowed


@pytest.mark.parametrize(
    ("deny", "target"),
    [
        ("!fs.read=data/secret", "data/secret/key"),
        ("!fs.read=**/.env", "a/.env"),
        ("!net.connect=example.com:22", "example.com:22"),
        ("!net.connect=example.com:22", "example.com"),
        ("!net.connect=10.0.0.0/8", "10.1.1.1:80"),
        ("!net.connect=x", "not a host"),
        ("!process.exec=rm", "rm"),
        ("!process.exec=rm", "*"),
    ],
)
def test_deny_beats_allow(deny: str, target: str) -> None:
    right = deny[1:].partition("=")[0]
    both = grants(f"{right}=*", deny)
    assert not both.allows(right, target)
    assert both.denies(right, target)
    assert both.may(right)
    assert grants(f"{right}=*").allows(right, target) is (target != "not a host")


def test_nothing_is_allowed_by_default() -> None:
    for right in RIGHTS:
        assert not Grants.nothing().allows(right, "x")
        assert not Grants.nothing().may(right)
        assert Grants.everything().allows(right)
    assert {right for right in RIGHTS if Grants.default().may(right)} == {"agent.spawn", "state.read", "state.write"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("!net.connect=10.0.0.0/99", "is no network"),
        ("!net.connect=example.com/x", "is no network"),
        ("!net.connect=*example.com", "a wildcard within a name"),
        ("!net.connect=api.*", "a wildcard within a name"),
        ("!net.connect=10.0.0.*", "a wildcard within a name"),
        ("!net.connect=ex?mple.com:443", "a wildcard within a name"),
        ("!net.connect=a.example,b.example", "neither a host name nor an IP address"),
        ("!net.connect=ada@example.com", "neither a host name nor an IP address"),
        ("!net.connect=127.1", "neither a host name nor an IP address"),
        ("!net.listen=0x7f000001:80", "neither a host name nor an IP address"),
        ("!mail.send=a.example,b.example", "neither a host name nor an IP address"),
        ("!db.connect=postgresql://*db/shop", "a wildcard within a name"),
        ("!process.exec=/bin/rm", "is not the bare name of a program"),
        ("!process.exec=./rm -r", "is not the bare name of a program"),
        ("!process.exec=rm|cat", "is not the bare name of a program"),
    ],
)
def test_a_rule_that_could_cover_nothing_is_refused(rule: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        grants(rule)
    assert caught.value.suggestions


@pytest.mark.parametrize(
    "host",
    ["localhost", "a-b.c_d", "xn--bcher-kva.example:1", "*.bücher.example", "_srv.x", "3com.com", "::", "0.0.0.0"],
)
def test_a_host_that_can_be_is_a_rule(host: str) -> None:
    assert grants(f"net.connect={host}").allows("net.connect", host)


def test_all_faults_of_rules_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        grants("fs.raed=.", "net.connect=https://x.org/", "fs.read=", "net.connect=a:0", "fs.read=ok")
    assert [path for path, _ in caught.value.faults] == [
        "fs.raed=.",
        "net.connect=https://x.org/",
        "fs.read=",
        "net.connect=a:0",
    ]
    assert "Use fs.read." in caught.value.suggestions


def test_an_unknown_right_is_an_error_when_it_is_asked_for_too() -> None:
    for ask in (Grants.nothing().may, Grants.nothing().allows):
        with pytest.raises(ConfigError, match="no right"):
            ask("fs.raed")


def test_a_denial_names_the_flag() -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        grants("fs.read=data").require("fs.read", "/work/docs", who="tool file_reader")
    error = caught.value
    assert error.code == 2006
    assert "tool file_reader" in error.message
    assert error.suggestions == ("Run again with --allow-read=docs",)
    assert error.context["flag"] == "--allow-read=docs"


def test_a_denial_by_rule_names_the_rule() -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        grants("fs.read", "!fs.read=secret").require("fs.read", "secret/key")
    assert "!fs.read=/work/secret" in caught.value.suggestions[0]
    assert caught.value.context["flag"] is None


def test_a_denial_within_a_narrower_part_names_no_flag() -> None:
    narrowed = grants("fs.read").narrow(["fs.read=data"])
    with pytest.raises(PermissionDeniedError) as caught:
        narrowed.require("fs.read", "docs")
    assert "the spell narrowed its rights" in caught.value.suggestions[0]


@pytest.mark.parametrize(
    ("right", "target", "expected"),
    [
        ("fs.write", "/work/out/a b.txt", "--allow-write='out/a b.txt'"),
        ("fs.read", "/etc/hosts", "--allow-read=/etc/hosts"),
        ("fs.read", "/work", "--allow-read=."),
        ("net.connect", "x.org:443", "--allow-net=x.org:443"),
        ("process.exec", "git", "--allow-run=git"),
        ("mail.send", "a@b.c", "--allow=mail.send=a@b.c"),
        ("fs.read", "/work/a,b.txt", "--allow-read='a?b.txt'"),
    ],
)
def test_the_flag_that_grants(right: str, target: str, expected: str) -> None:
    assert flag(right, target, cwd=CWD) == expected
    assert set(FLAGS) <= RIGHTS.keys()


def test_narrow_leaves_other_rights_alone() -> None:
    narrowed = grants("fs.read", "net.connect=x.org").narrow(["fs.read=data", "!net.connect=x.org:22"])
    assert narrowed.allows("fs.read", "data/x")
    assert not narrowed.allows("fs.read", "docs")
    assert narrowed.allows("net.connect", "x.org:443")
    assert not narrowed.allows("net.connect", "x.org:22")


def test_only_keeps_what_a_component_declares() -> None:
    whole = grants("fs.read=data", "process.exec=git")
    reader = whole.only({"fs.read"})
    assert reader is whole.only(["fs.read"])
    assert reader.allows("fs.read", "data")
    assert not reader.may("process.exec")


def test_only_the_users_own_grants_can_be_extended() -> None:
    extended = Grants.default(cwd=CWD).extended(["fs.read=docs"], cwd="/other")
    assert extended.allows("fs.read", "/other/docs")
    assert extended.may("agent.spawn")
    with pytest.raises(ConfigError, match="narrowed"):
        extended.narrow(["fs.read=x"]).extended(["fs.read=/"])


def test_grants_survive_json() -> None:
    made = grants("fs.read=data", "!fs.read=data/x", "net.connect=[::1]:80").narrow(["fs.read=data/y"])
    again = Grants.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again == made
    assert hash(again) == hash(made)
    wrongs: list[dict[str, object]] = [{}, {"layers": []}, {"layers": [{}]}, {"layers": [{"rules": [1]}]}]
    for wrong in wrongs:
        with pytest.raises(ConfigError):
            Grants.from_dict(wrong)


def test_describe_tells_every_layer() -> None:
    made = grants("fs.read=data", "!fs.read=data/x").narrow(["fs.read=data/y"])
    assert made.describe() == {"fs.read": ["/work/data", "not /work/data/x", "& /work/data/y"]}


RULES = st.lists(
    st.tuples(
        st.sampled_from(["", "!"]),
        st.sampled_from(
            [
                *(f"fs.read={p}" for p in ("a", "a/b", "a/*", "**/c", "*", "..")),
                *(f"net.connect={h}" for h in ("x.org", "*.x.org", "x.org:443", "10.0.0.0/8", "*")),
                *(f"process.exec={n}" for n in ("git", "g*", "*")),
            ]
        ),
    ).map("".join),
    max_size=6,
)
ASKS = [
    *(("fs.read", p) for p in ("a", "a/b", "a/b/c", "c", "/", "*", "/work/a/d/c")),
    *(("net.connect", h) for h in ("x.org", "x.org:443", "y.x.org:22", "10.2.3.4", "*", "")),
    *(("process.exec", n) for n in ("git", "ls", "*")),
    ("mail.send", "x"),
]


@given(RULES, RULES)
def test_intersect_is_commutative_and_allows_what_both_allow(one: list[str], two: list[str]) -> None:
    a, b = grants(*one), grants(*two)
    for right, target in ASKS:
        both = a.allows(right, target) and b.allows(right, target)
        assert a.intersect(b).allows(right, target) is b.intersect(a).allows(right, target) is both
    assert a.intersect(a) == a


@given(RULES, RULES)
def test_narrowing_never_allows_more(one: list[str], two: list[str]) -> None:
    whole = grants(*one)
    for narrower in (whole.narrow(two), whole.only({"fs.read"}), whole.narrow(two).only({"net.connect"})):
        for right, target in ASKS:
            assert whole.allows(right, target) or not narrower.allows(right, target)
            assert whole.may(right) or not narrower.may(right)


@given(RULES)
def test_a_denied_target_is_never_allowed_and_order_does_not_matter(rules: list[str]) -> None:
    made, turned = grants(*rules), grants(*reversed(rules))
    for right, target in ASKS:
        assert made.allows(right, target) is turned.allows(right, target)
        assert not (made.denies(right, target) and made.allows(right, target))
        if made.allows(right, target):
            assert made.may(right)


@given(RULES)
def test_normal_forms_read_back_as_the_same_rules(rules: list[str]) -> None:
    made = grants(*rules)
    data: Any = made.to_dict()
    again = Grants.parse(data["layers"][0]["rules"], cwd="/elsewhere")
    for right, target in ASKS:
        if right != "fs.read":
            assert made.allows(right, target) is again.allows(right, target)
