"""Usage adds up: in any order, to the picodollar, and a price that nobody knows stays unknown."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.model.llm import Usage
from llmspell.model.price import PICO, Tariff, money
from llmspell.model.spent import Spent, together

dollars = st.integers(0, 10**15).map(lambda pico: pico / PICO)
usages = st.builds(
    Usage,
    requests=st.integers(1, 3),
    input_tokens=st.integers(0, 9999),
    output_tokens=st.integers(0, 9999),
    cost=dollars,
)
names = st.sampled_from("abc")
trees = st.recursive(
    st.builds(Spent, agent=names, own=usages),
    lambda inner: st.builds(
        Spent, agent=names, own=usages, nested=st.lists(inner, max_size=3, unique_by=lambda one: one.agent).map(tuple)
    ),
    max_leaves=6,
)


def flat(spent: Spent) -> list[Usage]:
    return [spent.own, *(own for one in spent.nested for own in flat(one))]


@given(st.lists(usages, min_size=1), st.randoms())
def test_the_order_of_a_sum_does_not_matter(parts, random):
    whole = reduce(add, parts)
    random.shuffle(parts)
    assert reduce(add, parts) == whole
    pico = sum(round(Fraction(one.cost or 0) * PICO) for one in parts)
    assert Fraction(whole.money or "x") == Fraction(pico, PICO)


@given(trees)
def test_a_tree_is_the_sum_of_its_agents(spent):
    assert spent.usage == reduce(add, flat(spent))


@given(trees, trees)
def test_trees_put_together_lose_nothing(one, other):
    assert (one + other).usage == one.usage + other.usage
    assert {inner.agent for inner in (one + other).nested} == {inner.agent for inner in (*one.nested, *other.nested)}


@given(st.lists(trees, max_size=3, unique_by=lambda one: one.agent))
def test_agents_of_one_name_stand_once(some):
    doubled = together(tuple(some), tuple(some))
    assert [one.agent for one in doubled] == [one.agent for one in some]
    assert [one.usage for one in doubled] == [one.usage + one.usage for one in some]


def test_an_unknown_price_stays_unknown():
    known, unknown = Usage(requests=1, cost=0.5), Usage(requests=1)
    assert (known + unknown).cost is None
    assert (unknown + known).cost is None
    assert (known + unknown + known).money is None


def test_what_asked_nobody_adds_nothing():
    known = Usage(requests=1, cost=0.5)
    assert Usage() + known == known + Usage() == known
    assert (Usage() + Usage()).cost is None


@pytest.mark.parametrize(
    ("cost", "text"),
    [(0.0, "0"), (0.1 + 0.2, "0.3"), (1e-9, "0.000000001"), (1200.0, "1200"), (10.5, "10.5"), (None, None)],
)
def test_money_is_a_plain_decimal_number(cost, text):
    assert money(cost) == text


def test_a_tariff_prices_cached_and_written_tokens_apart():
    tariff = Tariff(1.0, 2.0, 0.1, 1.25, above_tokens=200, above=(10.0, 20.0, None))
    usage = Usage(requests=1, input_tokens=100, cached_tokens=40, cache_write_tokens=20, output_tokens=10)
    assert money(tariff.cost(usage)) == "0.000089"
    assert money(tariff.cost(Usage(requests=1, input_tokens=300, output_tokens=1))) == "0.00302"
