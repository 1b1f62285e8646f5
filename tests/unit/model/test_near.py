"""Names like one that is not known."""

from __future__ import annotations

from llmspell.model.near import LONGEST, near_words


def test_the_nearest_come_first():
    assert near_words("raed", ["write", "read", "ready"]) == ["read", "ready"]
    assert near_words("raed", ["write", "read", "ready"], n=1) == ["read"]
    assert near_words("raed", ["write", "read", "ready"], cutoff=1.0) == []


def test_a_text_too_long_for_a_name_is_like_nothing():
    name = "n" * LONGEST
    assert near_words(name, [name]) == [name]
    assert near_words(name + "n", [name]) == []
