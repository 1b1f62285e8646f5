from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import ResourceExhaustedError, ToolTimeoutError
from llmspell.runtime.tools import ScriptTool

ANY = {"type": "object"}


def tool(here, name, handler, **about):
    return here.app.tools.register(here.run, name, "A tool of a test.", ScriptTool(handler, ANY), **about)


async def use(here, name, settings=None, **arguments):
    ctx = here.run.context()
    return (await here.app.tools.execute(ctx, name, arguments, settings=settings)).result


class Busy:
    """A handler that takes a second and knows how many of it run."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.order: list[object] = []

    async def __call__(self, args, ctx):
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.order.append(args.get("n"))
        try:
            await ctx.sleep(1)
        finally:
            self.inside -= 1
        return "done"


async def test_all_tools_and_each_tool_have_their_bounds(world) -> None:
    async with world(tools={"max_concurrent": 3, "max_per_tool": 2, "per": {"slow": 1}}) as here:
        fast, slow = Busy(), Busy()
        tool(here, "fast", fast)
        tool(here, "slow", slow)
        await here.passing(asyncio.gather(*(use(here, name) for _ in range(6) for name in ("fast", "slow"))))
        assert (fast.most, slow.most) == (2, 1)
        counts = here.app.hook_sets.statistics()["tools"]
        assert counts["all"]["most_running"] == 3
        assert counts["tools"]["slow"]["total_executions"] == 6
        assert counts["tools"]["slow"]["total_execution_time"] == pytest.approx(6)
        assert counts["tools"]["slow"]["total_queue_time"] == pytest.approx(0 + 1 + 2 + 3 + 4 + 5, abs=6)


async def test_a_tool_that_calls_tools_never_waits_for_itself(world) -> None:
    async with world(tools={"max_concurrent": 1, "max_per_tool": 1}) as here:
        tool(here, "inner", Busy())

        async def outer(args, ctx):
            return [await ctx.call("inner"), await ctx.call("inner")]

        tool(here, "outer", outer)
        both = await here.passing(asyncio.gather(use(here, "outer"), use(here, "outer")))
        assert both == [["done", "done"]] * 2


async def test_priorities_of_tools_and_agents(world) -> None:
    async with world(tools={"max_per_tool": 1, "priorities": {"work": "low"}}) as here:
        busy = Busy()
        tool(here, "work", busy)
        jobs = [use(here, "work", n=n) for n in range(3)]
        await here.passing(asyncio.gather(*jobs, use(here, "work", {"priority": "critical"}, n="agent")))
        assert busy.order == [0, "agent", 1, 2]


async def test_a_full_queue_is_an_error(world) -> None:
    async with world(tools={"max_per_tool": 1, "queue_limit": 0}) as here:
        tool(here, "work", Busy())
        task = asyncio.ensure_future(use(here, "work"))
        await here.clock.advance(0)
        with pytest.raises(ResourceExhaustedError, match="tool work"):
            await use(here, "work")
        await here.passing(task)


async def test_a_tool_that_takes_too_long_is_stopped_and_counted(world) -> None:
    async with world(tools={"timeout": "1ms"}) as here:

        async def stuck(args, ctx):
            await asyncio.Event().wait()

        tool(here, "stuck", stuck)
        with pytest.raises(ToolTimeoutError, match=r"longer than 0\.001 s"):
            await use(here, "stuck")
        assert here.app.hook_sets.statistics()["tools"]["tools"]["stuck"]["failed_executions"] == 1
