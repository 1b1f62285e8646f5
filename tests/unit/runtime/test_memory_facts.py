"""Facts: kept under keys, found by key and by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import SessionError, ValidationError
from llmspell.model.memory import MemoryOptions
from llmspell.runtime.memory.facts import Fact, Facts, ranked


def fact(key: str, text: str, at: float = 0.0) -> Fact:
    return Fact(key, text, text, at)


def test_rare_words_count_more_than_frequent_ones() -> None:
    known = [fact("1", "the cat sat"), fact("2", "the dog sat"), fact("3", "the cat and the cat")]
    assert next(one.key for one in ranked("the dog", known)) == "2"
    assert [one.key for one in ranked("cat", known)] == ["3", "1"]
    assert ranked("bird", known) == []
    assert ranked("", known) == []


def test_case_and_scripts_without_spaces() -> None:
    known = [fact("1", "STRASSE"), fact("2", "今天天气很好")]
    assert [one.key for one in ranked("straße", known)] == ["1"]
    assert [one.key for one in ranked("天气", known)] == ["2"]


@given(st.lists(st.text("ab c", max_size=6), max_size=8), st.text("ab c", min_size=1, max_size=6))
def test_what_shares_a_word_is_found_and_nothing_else(texts, query) -> None:
    known = [fact(f"k{n}", text) for n, text in enumerate(texts)]
    found = ranked(query, known)
    assert {one.key for one in found} == {one.key for one in known if set(query.split()) & set(one.text.split())}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


async def test_values_are_kept_for_agents_of_the_name(agent, model, run) -> None:
    model([])
    one = await agent()
    facts = Facts.of(one, run.context())
    assert await facts.remember("tea", {"kind": "green", "cups": 2}) == "tea"
    other = Facts.of(await agent(), run.context())
    found = await other.get("tea")
    assert found is not None
    assert found.value == {"kind": "green", "cups": 2}
    assert [one.key for one in await other.recall("green", 5)] == ["tea"]
    assert await Facts.of(await agent(name="stranger"), run.context()).get("tea") is None
    assert await other.forget("tea") == 1
    assert await facts.forget("tea") == 0


async def test_without_a_query_the_newest_come_first(agent, model, run) -> None:
    model([])
    facts = Facts.of(await agent(), run.context())
    keys = [await facts.remember(None, text) for text in ("one", "two", "three")]
    assert [one.key for one in await facts.recall(None, 2)] == [keys[2], keys[1]]
    assert await facts.forget() == 3


async def test_there_is_a_limit(agent, model, run) -> None:
    model([])
    one = await agent()
    facts = Facts(run.app.states.view(run.context(), "agent", one.name), run.context(), most=1)
    await facts.remember("a", 1)
    await facts.remember("a", 2)
    with pytest.raises(ValidationError, match="1 facts at most"):
        await facts.remember("b", 1)
    with pytest.raises(ValidationError, match="at least one character"):
        await facts.remember("", 1)


async def test_a_session_is_asked_for_where_there_is_one(agent, model, run) -> None:
    model([])
    one = await agent(memory=MemoryOptions(namespace="session"))
    with pytest.raises(SessionError):
        Facts.of(one, run.context())
    session = await run.app.sessions.create(run.context())
    await run.app.sessions.join(run, session.id)
    await Facts.of(one, run.context()).remember("a", 1)
    assert await Facts.of(one, run.context(), "agent").get("a") is None
