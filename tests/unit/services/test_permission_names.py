from __future__ import annotations

import pytest

from llmspell.errors import ConfigError
from llmspell.services.permissions import Grants

CWD = "/work"


@pytest.mark.parametrize(
    ("rule", "target", "allowed"),
    [
        ("mail.send=ada@example.com", "ada@example.com", True),
        ("mail.send=ada@example.com", "Ada@Example.COM", True),
        ("mail.send=ada@example.com", "bob@example.com", False),
        ("mail.send=example.com", "bob@example.com", True),
        ("mail.send=example.com", "bob@mail.example.com", False),
        ("mail.send=example.com", "bob@evilexample.com", False),
        ("mail.send=example.com", "bob@example.com.evil.org", False),
        ("mail.send=example.com", "bob@evil.org@example.com", False),
        ("mail.send=example.com", "bob@example.com,eve@evil.org", False),
        ("mail.send=example.com", "bob@example.com\r\nBcc: eve@evil.org", False),
        ("mail.send=example.com", "Bob <bob@example.com>", False),
        ("mail.send=*.example.com", "bob@mail.example.com", True),
        ("mail.send=*.example.com", "bob@example.com", False),
        ("mail.send=news-*@example.com", "news-7@example.com", True),
        ("mail.send=news-*@example.com", "bob@example.com", False),
        ("mail.send=bücher.example", "a@xn--bcher-kva.example", True),
        ("mail.send=*", "bob@example.com", True),
        ("mail.send", "*", True),
        ("mail.send=*@example.com", "*", False),
        ("db.connect=sqlite:data/app.db", "sqlite:/work/data/app.db", True),
        ("db.connect=sqlite:data", "sqlite:data/app.db", True),
        ("db.connect=sqlite:data", "sqlite:data/../other.db", False),
        ("db.connect=sqlite:data", "duckdb:data/app.db", False),
        ("db.connect=sqlite:/", "sqlite://host/x", False),
        ("db.connect=postgresql://db.example.com:5432/shop", "postgresql://db.example.com:5432/shop", True),
        ("db.connect=postgresql://db.example.com:5432/shop", "postgresql://db.example.com:5432/users", False),
        ("db.connect=postgresql://db.example.com", "postgresql://db.example.com:5432/users", True),
        ("db.connect=postgresql://*.example.com/shop_*", "postgresql://a.example.com/shop_1", True),
        ("db.connect=postgresql://db.example.com", "mysql://db.example.com/x", False),
        ("db.connect=reports", "reports", True),
        ("db.connect=reports", "sqlite:reports", False),
        ("db.connect=rep*", "reports", True),
        ("db.connect", "sqlite:/x", True),
        ("secret.use=MAIL_*", "MAIL_PASSWORD", True),
        ("secret.use=MAIL_*", "BANK_PASSWORD", False),
        ("agent.spawn=writer", "writer", True),
        ("agent.spawn=writer", "writers", False),
    ],
)
def test_what_a_rule_on_mail_or_a_database_covers(rule: str, target: str, allowed: bool) -> None:
    grants = Grants.parse([rule], cwd=CWD)
    assert grants.allows(rule.partition("=")[0], target) is allowed


@pytest.mark.parametrize(
    ("deny", "target"),
    [
        ("!mail.send=evil.org", "eve@evil.org"),
        ("!mail.send=evil.org", "bob@example.com,eve@evil.org"),
        ("!mail.send=evil.org", "*"),
        ("!db.connect=sqlite:data/secret.db", "sqlite:data/secret.db"),
        ("!db.connect=postgresql://db.example.com", "postgresql://db.example.com/x"),
        ("!db.connect=postgresql://db.example.com", "*"),
    ],
)
def test_deny_beats_allow_and_in_doubt_touches(deny: str, target: str) -> None:
    right = deny[1:].partition("=")[0]
    assert not Grants.parse([right, deny], cwd=CWD).allows(right, target)


@pytest.mark.parametrize(
    "rule", ["mail.send=@example.com", "mail.send=a@b.c:25", "mail.send=a@", "db.connect=postgresql://me:pw@host/x"]
)
def test_what_names_no_place_is_no_rule(rule: str) -> None:
    with pytest.raises(ConfigError):
        Grants.parse([rule])


@pytest.mark.parametrize("rule", ["mail.send=news-*@*.Example.com", "db.connect=sqlite:x.db", "db.connect=pg://h:1/n"])
def test_the_normal_form_of_a_rule_reads_back_as_the_same(rule: str) -> None:
    once = Grants.parse([rule], cwd=CWD).rules()
    assert Grants.parse(once, cwd="/elsewhere").rules() == once
