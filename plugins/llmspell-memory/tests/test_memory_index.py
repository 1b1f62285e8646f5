"""Indices: the exact one finds what a list finds; the approximate one nearly so."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from llmspell_memory.index import ApproximateIndex, ExactIndex, Index, make_index, unit

RECALL = 0.9
HAS_USEARCH = find_spec("usearch") is not None
needs_usearch = pytest.mark.skipif(
    not HAS_USEARCH, reason="the approximate index is an extra: llmspell-memory[usearch]"
)
KINDS = [ExactIndex, pytest.param(ApproximateIndex, marks=needs_usearch)]


def vectors(count: int, size: int, seed: int) -> list[np.ndarray]:
    """Unit vectors in a few clusters, as texts are."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((max(count // 20, 1), size))
    return [unit(centres[n % len(centres)] + 0.4 * random.standard_normal(size)) for n in range(count)]


def by_hand(held: dict[str, np.ndarray], query: np.ndarray, count: int) -> list[tuple[str, float]]:
    scored = [(key, float(np.dot(vector, query))) for key, vector in held.items()]
    return sorted(scored, key=lambda one: (-one[1], one[0]))[:count]


@pytest.mark.parametrize("kind", KINDS)
class TestIndex:
    def test_an_empty_one_finds_nothing(self, kind) -> None:
        assert kind(3).search(unit([1, 2, 3]), 5) == []
        assert len(kind(3)) == 0

    def test_it_grows_replaces_and_gives_up(self, kind) -> None:
        index = kind(3)
        held = {f"k{n}": one for n, one in enumerate(vectors(200, 3, 1))}
        for key, vector in held.items():
            index.put(key, vector)
        index.put("k0", unit([0, 0, 1]))
        held["k0"] = unit([0, 0, 1])
        for n in range(50, 100):
            index.remove(f"k{n}")
            del held[f"k{n}"]
        assert len(index) == 150
        found = dict(index.search(unit([0, 0, 1]), 150))
        assert "k0" in found
        assert set(found) <= set(held)
        assert found["k0"] == pytest.approx(1, abs=1e-5)

    def test_nearness_is_the_cosine(self, kind) -> None:
        index = kind(2)
        for key, vector in {"same": [2, 0], "right": [0, 3], "back": [-1, 0]}.items():
            index.put(key, unit(vector))
        found = index.search(unit([5, 0]), 3)
        assert [key for key, _ in found] == ["same", "right", "back"]
        assert [score for _, score in found] == pytest.approx([1, 0, -1], abs=1e-5)
        assert index.search(unit([5, 0]), 1) == found[:1]


def test_of_equal_ones_keys_decide() -> None:
    index = ExactIndex(2)
    for key in "dbca":
        index.put(key, unit([1, 1]))
    assert [key for key, _ in index.search(unit([1, 1]), 2)] == ["a", "b"]


def test_a_vector_of_zeros_is_near_nothing() -> None:
    index = ExactIndex(2)
    index.put("zero", unit([0, 0]))
    assert index.search(unit([1, 0]), 1) == [("zero", 0.0)]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(2, 16), st.integers(0, 999), st.integers(1, 70))
def test_the_exact_index_finds_what_a_list_finds(count, size, seed, wanted) -> None:
    held = {f"k{n}": one for n, one in enumerate(vectors(count, size, seed))}
    index = make_index(size, list(held.items()), 1000)
    query = vectors(1, size, seed + 1)[0]
    found, expected = index.search(query, wanted), by_hand(held, query, wanted)
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)


@needs_usearch
@settings(deadline=None, max_examples=15)
@given(st.integers(100, 600), st.sampled_from([8, 32, 64]), st.integers(0, 999))
def test_the_approximate_index_finds_nine_of_ten(count, size, seed) -> None:
    pairs = [(f"k{n}", one) for n, one in enumerate(vectors(count, size, seed))]
    exact, near = make_index(size, pairs, count), make_index(size, pairs, count - 1)
    assert (exact.name, near.name) == ("numpy", "usearch")
    hits = 0
    queries = vectors(20, size, seed + 1)
    for query in queries:
        expected, found = dict(exact.search(query, 10)), dict(near.search(query, 10))
        hits += len(set(expected) & set(found))
        for key in set(expected) & set(found):
            assert found[key] == pytest.approx(expected[key], abs=1e-3)
    assert hits >= RECALL * 10 * len(queries)


class Both(RuleBasedStateMachine):
    """Put, replace and give up; both indices hold the same keys and find each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, np.ndarray] = {}
        self.indices: list[Index] = [ExactIndex(4), ApproximateIndex(4)]

    @rule(key=st.sampled_from("abcdefgh"), seed=st.integers(0, 99))
    def put(self, key: str, seed: int) -> None:
        self.held[key] = vectors(1, 4, seed)[0]
        for index in self.indices:
            index.put(key, self.held[key])

    @rule(key=st.sampled_from("abcdefgh"))
    def remove(self, key: str) -> None:
        if self.held.pop(key, None) is not None:
            for index in self.indices:
                index.remove(key)

    @invariant()
    def all_is_found(self) -> None:
        for index in self.indices:
            assert len(index) == len(self.held)
            found = dict(index.search(unit([1, 1, 1, 1]), 10))
            assert set(found) == set(self.held)
            for key, vector in self.held.items():
                assert found[key] == pytest.approx(float(vector @ unit([1, 1, 1, 1])), abs=1e-4)


TestBoth = needs_usearch(Both.TestCase)
TestBoth.settings = settings(deadline=None, max_examples=30, stateful_step_count=20)
