"""Words of the command line become values."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli.arguments import rules
from llmspell.cli.values import fitted, from_file, pairs
from llmspell.errors import UsageError

SCHEMA = {
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "maybe": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "names": {"type": "array", "items": {"type": "string"}},
        "either": {"anyOf": [{"type": "string"}, {"type": "array"}]},
        "mode": {"enum": ["fast", "slow"]},
    }
}


def test_words_are_text_until_told_otherwise():
    assert pairs(["a=1", "b:=1", "c=", 'd:={"x": [1]}', "e=x=y"], what="argument") == {
        "a": "1",
        "b": 1,
        "c": "",
        "d": {"x": [1]},
        "e": "x=y",
    }


def test_a_whole_object_is_merged():
    assert pairs(['{"a": 1, "b": 2}', "b=3"], what="argument") == {"a": 1, "b": "3"}


@pytest.mark.parametrize("word", ["plain", "=x", "a:=nope", "{broken", "[1]"])
def test_what_is_no_pair_is_refused(word):
    with pytest.raises(UsageError):
        pairs([word], what="argument")


def test_words_fit_the_schema():
    given = {
        "text": "7",
        "count": "7",
        "maybe": "null",
        "names": "one",
        "either": '["a"]',
        "mode": "fast",
        "other": "7",
    }
    assert fitted(given, SCHEMA) == {
        "text": "7",
        "count": 7,
        "maybe": None,
        "names": ["one"],
        "either": ["a"],
        "mode": "fast",
        "other": 7,
    }


def test_a_word_that_does_not_fit_is_left_for_the_schema_to_refuse():
    assert fitted({"count": "seven"}, SCHEMA) == {"count": "seven"}


@given(st.text())
def test_text_stays_text(text):
    assert fitted({"text": text}, SCHEMA) == {"text": text}


@given(st.integers())
def test_numbers_are_read(number):
    assert fitted({"count": str(number)}, SCHEMA) == {"count": number}


def test_a_file_holds_an_object(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"a": [1]}))
    bad.write_text("[1]")
    assert from_file(str(good)) == {"a": [1]}
    for name in (str(bad), str(tmp_path / "absent.json")):
        with pytest.raises(UsageError):
            from_file(name)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("secret.use=A,B", ["secret.use=A", "secret.use=B"]),
        ("secret.use=A,mail.send=x.example,y.example", ["secret.use=A", "mail.send=x.example", "mail.send=y.example"]),
        ("fs.read,env.read=A,", ["fs.read", "env.read=A"]),
        ("fs.read=a=b,c=d", ["fs.read=a=b", "fs.read=c=d"]),
        ("fs.raed,x", ["fs.raed", "x"]),
        ("", [""]),
    ],
)
def test_one_flag_may_name_several_targets(value: str, found: list[str]) -> None:
    assert rules(Namespace(allow=[value])) == found
    assert rules(Namespace(deny=[value])) == [f"!{one}" for one in found]
