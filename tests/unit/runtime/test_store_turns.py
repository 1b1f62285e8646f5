"""Writers that go one after another, those that wait together."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.runtime.store_turns import MOST, Turns
from llmspell.spec.storages import Operation


class Slow:
    """Do jobs when it is told to, and keep what was done together."""

    def __init__(self):
        self.done = []
        self.go = asyncio.Event()
        self.turns = Turns(self.work)

    async def work(self, jobs):
        await self.go.wait()
        self.done.append([one.key for job in jobs for one in job.operations])
        for job in jobs:
            job.done = True
            if job.operations[0].value == b"wrong":
                job.error = ValueError("wrong")

    def ask(self, *keys, value=b""):
        return asyncio.ensure_future(self.turns.ask([Operation("put", key, value) for key in keys]))


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_those_that_wait_go_together_unless_they_change_the_same() -> None:
    slow = Slow()
    first = slow.ask("a")
    await settled()
    others = [slow.ask("b"), slow.ask("c", "d"), slow.ask("d"), slow.ask("e"), slow.ask("f", value=b"wrong")]
    await settled()
    slow.go.set()
    ended = await asyncio.gather(first, *others, return_exceptions=True)
    assert slow.done == [["a"], ["b", "c", "d"], ["d", "e", "f"]]
    assert [type(one) for one in ended] == [type(None)] * 5 + [ValueError]


async def test_not_too_many_go_together() -> None:
    slow = Slow()
    waiting = [slow.ask(f"{number}") for number in range(MOST + 10)]
    await settled()
    slow.go.set()
    await asyncio.gather(*waiting)
    assert [len(keys) for keys in slow.done] in ([1, MOST, 9], [MOST, 10])


async def test_who_is_cancelled_while_waiting_is_passed_over() -> None:
    slow = Slow()
    first, second, third = slow.ask("a"), slow.ask("b"), slow.ask("c")
    await settled()
    second.cancel()
    await settled()
    slow.go.set()
    await asyncio.gather(first, third)
    assert "b" not in [key for keys in slow.done for key in keys]
    assert second.cancelled()


async def test_who_is_cancelled_on_the_way_waits_for_the_end() -> None:
    slow = Slow()
    waiting = [slow.ask("a")]
    await settled()
    waiting += [slow.ask("b"), slow.ask("c")]
    waiting[0].cancel()  # alone: what it does is cancelled, as that of a store
    await settled()
    assert waiting[0].cancelled()
    for one in waiting[1:]:
        one.cancel()
    await settled()
    assert not any(one.done() for one in waiting[1:])
    slow.go.set()
    for one in waiting[1:]:
        with pytest.raises(asyncio.CancelledError):
            await one
    assert slow.done == [["b", "c"]]
    await slow.turns.ask([Operation("put", "d")])
    assert slow.done[-1] == ["d"]
