from __future__ import annotations

import asyncio

from llmspell.testing.clock import ManualClock


async def test_advance_wakes_sleepers_in_order_at_their_own_time() -> None:
    clock, seen = ManualClock(start=100.0), []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            seen.append((name, clock.now()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("a", 2, 2))
        group.create_task(sleeper("b", 1))
        group.create_task(sleeper("c", 0))
        await clock.advance(3)
        assert seen == [("c", 100.0), ("b", 101.0), ("a", 102.0)]
        assert clock.sleepers == 1
        assert clock.monotonic() == 3
        await clock.advance(1)
    assert seen[-1] == ("a", 104.0)


async def test_a_cancelled_sleeper_is_passed_over() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(5))
    await asyncio.sleep(0)
    task.cancel()
    await clock.advance(10)
    assert clock.sleepers == 0
    assert task.cancelled()
