"""The tool pool: so many calls of tools at once, of all and of each, by priority, with counts and times."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from attrs import define

from llmspell.errors import ToolTimeoutError
from llmspell_resilience.lanes import Lanes
from llmspell_resilience.part import INNER, Part, around, given
from llmspell_resilience.place import place
from llmspell_resilience.sections import ToolsSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience


@define
class Executions:
    """Count the calls of one tool; times are in seconds."""

    total: int = 0
    successful: int = 0
    failed: int = 0
    execution_time: float = 0.0
    queue_time: float = 0.0


class ToolPool(Part[ToolsSection]):
    """Bound the tools that run at once.

    A tool that is called by another one goes at once: its caller holds a place already, and two that wait for each
    other's place would wait for ever.
    """

    kind = ToolsSection

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self._all: Lanes | None = None
        self._each: dict[str, Lanes] = {}
        self._counts: dict[str, Executions] = {}
        self._held: Counter[tuple[str, str]] = Counter()

    def hooks(self) -> Iterable[Hook]:
        """Stand inside the retry hook, so that nobody holds a place while he waits to try again."""
        return [around("tool_execution", "timeout", self.attempt, "tool_pool", INNER)]

    async def attempt(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Run a tool when there is a place for it."""
        section = self.section
        if section is None:
            return await proceed(call)
        asked = ctx.clock.monotonic()
        if self._within(ctx):
            return await self._run(call, proceed, ctx, section, asked)
        priority = given(call, "priority") or section.priorities.get(call.subject, section.priority)
        owner = ctx.scope.run_id
        async with (
            place(self._of(call.subject, section), priority, owner),
            place(self._whole(section), priority, owner),
        ):
            return await self._run(call, proceed, ctx, section, asked)

    def statistics(self) -> Mapping[str, object]:
        """Count places, and the calls of each tool."""
        tools = {
            name: {
                "total_executions": one.total,
                "successful_executions": one.successful,
                "failed_executions": one.failed,
                "total_execution_time": one.execution_time,
                "total_queue_time": one.queue_time,
                "waiting": self._each[name].waiting if name in self._each else 0,
            }
            for name, one in self._counts.items()
        }
        return {"all": None if self._all is None else self._all.statistics(), "tools": tools}

    def _within(self, ctx: Context) -> bool:
        """Tell whether a tool that holds a place makes this call, by the path of the call."""
        run, steps = ctx.scope.run_id, ctx.path.split("/")
        return any((run, "/".join(steps[:end])) in self._held for end in range(1, len(steps)))

    async def _run(self, call: Call, proceed: Proceed, ctx: Context, section: ToolsSection, asked: float) -> object:
        counts = self._counts.setdefault(call.subject, Executions())
        start = ctx.clock.monotonic()
        counts.total += 1
        counts.queue_time += start - asked
        held = (ctx.scope.run_id, ctx.path)
        self._held[held] += 1
        timer = asyncio.timeout(section.timeout)
        try:
            async with timer:
                result = await proceed(call)
        except BaseException as error:
            counts.failed += 1
            if isinstance(error, TimeoutError) and timer.expired():
                message = f"tool {call.subject!r} ran longer than {section.timeout:g} s"
                raise ToolTimeoutError(message, suggestions=["raise timeout of [resilience.tools]"]) from error
            raise
        finally:
            counts.execution_time += ctx.clock.monotonic() - start
            self._held[held] -= 1
            if not self._held[held]:
                del self._held[held]
        counts.successful += 1
        return result

    def _whole(self, section: ToolsSection) -> Lanes:
        if self._all is None:
            self._all = Lanes(section.max_concurrent, section.queue_limit, "tools")
        return self._all

    def _of(self, tool: str, section: ToolsSection) -> Lanes:
        known = self._each.get(tool)
        if known is None:
            limit = section.per.get(tool, section.max_per_tool)
            known = self._each[tool] = Lanes(limit, section.queue_limit, f"tool {tool}")
        return known
