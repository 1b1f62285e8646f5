"""Budgets of sessions: one sum over all runs, in whatever application they were, and no word about other sessions."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import LimitReachedError, StorageError, StreamInterruptedError
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "llmspell-resilience.spent"
USAGE = {"usage": {"input_tokens": 30, "output_tokens": 30}}
PRICE = {"models": {"fake/m": {"input": 1.0, "output": 3.0}}}
COST = (30 * 1.0 + 30 * 3.0) / 10**6


@asynccontextmanager
async def another_run(here: Any, session: str = "", answer: Any = lambda *_: USAGE) -> AsyncIterator[Any]:
    """Begin a run of the same application, of a session if one is named, with a service of its own."""
    async with here.app.run("another") as run:
        if session:
            await here.app.sessions.join(run, session)
        there = type(here)(run, here.clock)
        there.service(answer)
        yield there


async def chat(there: Any, name: str = "a") -> Any:
    return await there.passing((await there.agent(name)).chat("hi"))


async def create(here: Any, name: str) -> str:
    made: str = (await here.app.sessions.create(here.run.context(), name=name)).id
    return made


async def spent(here: Any, session: str) -> Any:
    return await here.app.states.view(here.run.context(), "session", session).get(KEY)


async def test_what_a_session_spent_in_earlier_runs_counts(world):
    async with world(budget={"session_tokens": 100}, prices=PRICE) as here:
        one, two = await create(here, "one"), await create(here, "two")
        async with another_run(here, one) as run:
            await chat(run)
        assert await spent(here, one) == {"tokens": 60, "picodollars": round(COST * 10**12)}
        async with another_run(here, "one") as run:
            with pytest.raises(LimitReachedError, match=rf"session '{one}' has spent 120 tokens, more than its sess"):
                await chat(run)
        async with another_run(here, "one") as run:
            with pytest.raises(LimitReachedError, match="would spend"):
                await chat(run)
        async with another_run(here, two) as run:
            assert await chat(run) == "yes"
        async with another_run(here) as run:
            assert await chat(run) == "yes"
        assert (await spent(here, one))["tokens"] == 120
        assert (await spent(here, two))["tokens"] == 60
        assert here.app.hook_sets.statistics()["budget"]["tokens"] == 240


async def test_runs_at_once_know_of_each_other(world):
    async with world(budget={"session_tokens": 100}) as here:
        session = await create(here, "one")
        async with another_run(here, session) as first, another_run(here, session) as second:
            await chat(first)
            with pytest.raises(LimitReachedError, match="has spent 120"):
                await chat(second)
            with pytest.raises(LimitReachedError, match="would spend"):
                await chat(first)
            runs = here.app.hook_sets.statistics()["budget"]["children"]
            accounts = [one for run in runs for one in run["children"] if one["kind"] == "session"]
            assert [(one["name"], one["tokens"], one["tokens_elsewhere"]) for one in accounts] == [
                (session, 60, 60),
                (session, 60, 60),
            ]


async def test_what_a_session_spent_in_another_application_counts(world, tmp_path):
    pytest.importorskip("llmspell_storage_sqlite", reason="it needs a store that lasts: llmspell-storage-sqlite")
    for expected in (None, "has spent 120", "would spend", "would spend"):
        async with world(tmp_path / "store", budget={"session_tokens": 100}) as here:
            if expected is None:
                session = await create(here, "one")
            async with another_run(here, session) as run:
                if expected is None:
                    await chat(run)
                    continue
                with pytest.raises(LimitReachedError, match=expected):
                    await chat(run)
    async with world(tmp_path / "store", budget={"session_tokens": 100}) as here:
        await here.app.sessions.remove(here.run.context(), "one")
        async with another_run(here, await create(here, "one")) as run:  # another session, of the same name
            assert await chat(run) == "yes"


async def test_a_spell_that_may_keep_no_state_spends_within_the_cap_of_its_session(world):
    async with world(budget={"session_tokens": 100}) as here:
        session = await create(here, "one")
        async with another_run(here, session) as run:
            run.run.scope.grants = Grants.parse(["agent.spawn=*"])
            assert not run.run.context().grants.may("state.write")
            await chat(run)
        assert (await spent(here, session))["tokens"] == 60


async def test_an_answer_that_broke_off_is_the_session_s_too(world):
    async with world(budget={"session_tokens": 1000}, retry={"attempts": 0}) as here:
        broken = {"text": "some words", "words": True, "fails": StreamInterruptedError("gone")}
        session = await create(here, "one")
        async with another_run(here, session, lambda *_: broken) as run:
            with pytest.raises(StreamInterruptedError):
                await chat(run)
            (account,) = here.app.hook_sets.statistics()["budget"]["children"][0]["children"]
        assert (await spent(here, session))["tokens"] == account["tokens"] > 0


@pytest.mark.parametrize("value", ["text", {"tokens": "7"}, {"tokens": 7}])
async def test_a_sum_that_somebody_else_has_written_is_not_taken_for_one(world, value):
    async with world(budget={"session_tokens": 1000}) as here:
        session = await create(here, "one")
        async with another_run(here, session) as run:
            await run.run.context().state.set(KEY, value)
            with pytest.raises(StorageError, match="not what its budget has written"):
                await chat(run)
            await run.run.context().state.delete(KEY)
            assert await chat(run) == "yes"


async def test_without_a_cap_of_sessions_nothing_is_kept_in_them(world):
    async with world(budget={"run_tokens": 1000}) as here:
        session = await create(here, "one")
        async with another_run(here, session) as run:
            await chat(run)
        assert await spent(here, session) is None


def sums(account: dict[str, Any]) -> bool:
    inner = account["children"]
    return (not inner or account["tokens"] == sum(one["tokens"] for one in inner)) and all(sums(one) for one in inner)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=st.lists(st.tuples(st.sampled_from("st"), st.lists(st.sampled_from("ab"), max_size=3)), max_size=5))
async def test_a_session_is_the_sum_of_its_runs_and_each_of_these_of_its_agents(world, runs):
    async with world(budget={"session_tokens": 10**6}) as here:
        ids = {name: await create(here, name) for name in "st"}
        for name, agents in runs:
            async with another_run(here, name) as run:
                for agent in agents:
                    await chat(run, agent)
                total = here.app.hook_sets.statistics()["budget"]
                assert all(sums(one) for one in total["children"])
                accounts = [one for of in total["children"] for one in of["children"] if of["name"] == run.run.id]
                assert [one["tokens"] for one in accounts] == ([60 * len(agents)] if agents else [])
        for name, session in ids.items():
            chats = sum(len(agents) for of, agents in runs if of == name)
            assert ((await spent(here, session)) or {"tokens": 0})["tokens"] == 60 * chats
        assert here.app.hook_sets.statistics()["budget"]["tokens"] == sum(60 * len(agents) for _, agents in runs)
