"""Calls begun by the task that reads: they keep their task, their context and their order, and nobody reads twice."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.bridge.begun import Begun
from llmspell.bridge.caps import Caps

if TYPE_CHECKING:
    from collections.abc import Coroutine

PLACE: ContextVar[str] = ContextVar("PLACE", default="nowhere")


async def finished(coroutine: Coroutine[Any, Any, object]) -> object:
    begun = Begun(coroutine)
    return begun.value if begun.over else await begun


@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_the_value_comes_out_however_often_it_waits(turns: int):
    async def work() -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert await finished(work()) == turns


@pytest.mark.parametrize("turns", [0, 2])
async def test_what_is_raised_comes_out(turns: int):
    async def work() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await finished(work())


@pytest.mark.parametrize("turns", [0, 2])
async def test_what_it_sets_is_its_own_and_stays_with_it(turns: int):
    async def work() -> str:
        token = PLACE.set("inside")
        for _ in range(turns):
            await asyncio.sleep(0)
        found = PLACE.get()
        PLACE.reset(token)
        return found

    assert await finished(work()) == "inside"
    assert PLACE.get() == "nowhere"


async def test_a_timeout_that_it_enters_at_once_ends_it_later():
    async def work() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            return "in time"
        return "never"

    assert await finished(work()) == "in time"


async def test_cancelling_its_task_reaches_it():
    told: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    task = asyncio.create_task(finished(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (told, task.cancelled()) == (["cancelled"], True)


async def test_one_that_is_dropped_tidies_up():
    told: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("closed")

    rest = Begun(work()).__await__()
    next(rest)
    rest.close()
    assert told == ["closed"]


async def test_a_call_that_waits_lets_others_be_heard(spell):
    async def main(guest) -> Any:
        number, _ = guest.start("Async.sleep", 3_600_000)
        heard = [await guest.call("Storage.exists", "a"), await guest.call("Config.get", "nothing", 1)]
        guest.put({"t": "cancel", "id": number})
        return [*heard, await guest.call("Storage.exists", "a")]

    assert await spell(main) == [False, 1, False]


async def test_each_of_many_calls_that_wait_is_answered(spell):
    async def main(guest) -> Any:
        return await asyncio.gather(*[guest.start("Async.sleep", 0)[1] for _ in range(20)])

    assert await spell(main) == [None] * 20


async def test_what_waits_when_the_spell_ends_is_ended(spell):
    async def main(guest) -> Any:
        guest.start("Async.sleep", 3_600_000)
        await guest.call("Storage.exists", "a")
        return "done"

    before = asyncio.all_tasks()
    assert await spell(main) == "done"
    assert asyncio.all_tasks() == before


async def test_calls_that_wait_count_up_to_the_limit(spell, guest_error):
    async def main(guest) -> Any:
        for _ in range(3):
            guest.start("Async.sleep", 3_600_000)
            await asyncio.sleep(0)
        try:
            await guest.call("Async.sleep", 3_600_000)
        except guest_error as error:
            return error.error["message"]

    assert "3 calls are outstanding" in await spell(main, caps=Caps(calls=3))
