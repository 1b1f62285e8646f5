"""Turns: one at a time for each key, in order, whoever is cancelled."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from llmspell.services.state_turns import Turns


async def test_a_key_is_handed_on_in_the_order_in_which_it_was_asked_for():
    turns, order = Turns(), []

    async def work(number: int) -> None:
        async with turns.of(["k"]):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert turns.free("k")


async def test_who_is_cancelled_just_when_its_turn_comes_hands_it_on():
    turns = Turns()
    assert turns.free("k")
    first, second = (asyncio.create_task(turns.take("k")) for _ in range(2))
    await asyncio.sleep(0)
    turns.give_back("k")
    first.cancel()  # it has the key and does not know yet
    await second
    assert first.cancelled()
    turns.give_back("k")
    assert turns.free("k")


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc"), min_size=1), st.integers(0, 3), st.booleans()), max_size=12))
def test_whatever_is_cancelled_when_nobody_shares_a_key_and_all_are_given_back(jobs):
    turns = Turns()
    held: set[str] = set()

    async def work(names: set[str], steps: int) -> None:
        async with turns.of(sorted(names)):
            assert not names & held
            held.update(names)
            try:
                for _ in range(steps):
                    await asyncio.sleep(0)
            finally:
                held.difference_update(names)

    async def all_of_them() -> None:
        tasks = [asyncio.create_task(work(names, steps)) for names, steps, _ in jobs]
        for task, (_, steps, cancelled) in zip(tasks, jobs, strict=True):
            for _ in range(steps):
                await asyncio.sleep(0)
            if cancelled:
                task.cancel()
        async with asyncio.timeout(5):
            done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(one is None or isinstance(one, asyncio.CancelledError) for one in done)
        assert all(turns.free(name) for name in "abc")

    asyncio.run(all_of_them())
