from __future__ import annotations

import pytest

from llmspell.errors import ValidationError
from llmspell.services.regex import MAX_PATTERN, RegexService

regex = RegexService()


def test_it_searches_splits_and_replaces() -> None:
    compiled = regex.compile(r"(\w+)@(\w+)")
    assert compiled.search("to ada@home now").groups() == ("ada", "home")
    assert compiled.sub(r"\2", "ada@home") == "home"
    assert regex.compile(",").split("a,b") == ["a", "b"]


def test_flags() -> None:
    assert regex.compile("^a.c$", ignore_case=True, multiline=True, dotall=True).findall("x\nA\nC\ny") == ["A\nC"]
    assert regex.compile("^a.c$").search("x\nA\nC") is None


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "\ud800", "(?P<x"])
def test_what_re2_does_not_know_is_a_validation_error(pattern: str) -> None:
    with pytest.raises(ValidationError) as caught:
        regex.compile(pattern)
    assert caught.value.context["faults"]


def test_a_pattern_that_backtracks_elsewhere_is_linear_here() -> None:
    assert regex.compile("(a+)+$").search("a" * 50_000 + "b") is None


def test_a_pattern_has_a_longest_length() -> None:
    with pytest.raises(ValidationError, match="characters"):
        regex.compile("a" * (MAX_PATTERN + 1))
