"""Whatever a query finds, the text holds what was required of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmspell.errors import ValidationError
from llmspell.services.regex import RegexService
from llmspell_tools_files.search.matching import literal
from llmspell_tools_files.search.required import required
from llmspell_tools_files.search.trigrams import build, fold, hashes, may_hold

LETTERS = "abcdeABCksSKßſKéΣσς İi̇"  # noqa: RUF001 - letters whose case is special
ATOMS = st.sampled_from(
    [*LETTERS, ".", r"\d", r"\.", r"\w", r"\b", "[abc]", "[^k]", "[]a]", r"[\d-]", "[[:alpha:]]", "^"]
)
COUNTS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "+?", "??"])
PATTERNS = st.recursive(
    st.lists(st.tuples(ATOMS, COUNTS).map("".join), min_size=1, max_size=6).map("".join),
    lambda inner: (
        st.tuples(
            inner,
            st.sampled_from(["(", "(?:", "(?P<n>", "(?i:"]),
            inner,
            st.sampled_from(["", "|abc", "|"]),
            COUNTS,
            inner,
        ).map(lambda p: f"{p[0]}{p[1]}{p[2]}{p[3]}){p[4]}{p[5]}")
        | st.tuples(inner, inner).map("|".join)
    ),
    max_leaves=4,
)
TEXTS = st.text(st.sampled_from(LETTERS + "1."), max_size=30)


def allows(text: str, query: str, *, regex: bool, ignore_case: bool, by_pattern: bool) -> bool:
    wanted = required(query, regex=regex, ignore_case=ignore_case, by_pattern=by_pattern)
    bits = build(hashes(fold(text)))
    return not wanted or any(may_hold(bits, one) for one in wanted)


@given(TEXTS, st.text(st.sampled_from(LETTERS), min_size=1, max_size=6), st.booleans(), st.integers(0, 30))
@example("ΟΔΟΣΑ", "ΟΔΟΣ", True, 0)
def test_a_literal(text: str, query: str, ignore_case: bool, place: int) -> None:
    for whole in (text[:place] + query + text[place:], text[:place] + query.upper() + text[place:], text):
        if literal(query, ignore_case=ignore_case)(whole) is not None:
            assert allows(whole, query, regex=False, ignore_case=ignore_case, by_pattern=False)


@given(PATTERNS, TEXTS, st.booleans())
def test_a_regular_expression(pattern: str, text: str, ignore_case: bool) -> None:
    try:
        compiled = RegexService().compile(pattern, ignore_case=ignore_case)
    except ValidationError:
        return
    if compiled.search(text) is not None:
        assert allows(text, pattern, regex=True, ignore_case=ignore_case, by_pattern=True)


@given(
    st.text(st.sampled_from(r"ab|()[]{}*+?\.^$1,dQEpi:<>P-"), max_size=12),
    st.text(st.sampled_from("ab1,.-{}"), max_size=12),
)
def test_any_signs_at_all(pattern: str, text: str) -> None:
    try:
        compiled = RegexService().compile(pattern)
    except ValidationError:
        return
    if compiled.search(text) is not None:
        assert allows(text, pattern, regex=True, ignore_case=False, by_pattern=True)


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("needle", ["needle"]),
        (r"def \w+\(self\)", ["def ", "(self)"]),
        ("colou?r", ["colo"]),
        ("(?:abc)+def", ["abc", "def"]),
        ("(abc)?defg", ["defg"]),
        ("abcx{0,3}def", ["abc", "def"]),
        ("abcx+def", ["abcx", "def"]),
        ("a.c", []),
        ("(?i)needle", []),
        ("abc(?i:needle)", []),
        ("abc(?:needle|x)", ["abc"]),
        (r"\Qneedle\E", []),
        ("needle|x", []),
        ("[n]eedle", ["eedle"]),
    ],
)
def test_what_is_required(pattern: str, pieces: list[str]) -> None:
    found = required(pattern, regex=True, ignore_case=False, by_pattern=True)
    wanted = frozenset().union(*(hashes(fold(piece)) for piece in pieces))
    assert found == ((wanted,) if wanted else ())


def test_alternatives_are_told_apart() -> None:
    found = required("needle|thread", regex=True, ignore_case=False, by_pattern=True)
    assert found == (frozenset(hashes(b"needle")), frozenset(hashes(b"thread")))


def test_case_of_letters_that_the_engine_may_know_better_is_not_required() -> None:
    wanted = required("straßen", regex=True, ignore_case=True, by_pattern=True)
    assert wanted == (frozenset(hashes(b"stra")),)


@given(st.sets(st.binary(min_size=3, max_size=3), max_size=50), st.binary(max_size=200))
def test_a_filter_never_says_no_wrongly(pieces: set[bytes], rest: bytes) -> None:
    data = rest + b"".join(sorted(pieces))
    bits = build(hashes(data))
    assert may_hold(bits, frozenset(hashes(data)))
    assert all(may_hold(bits, frozenset(hashes(piece))) for piece in pieces)
    assert hashes(data) == {one for at in range(len(data) - 2) for one in hashes(data[at : at + 3])}
