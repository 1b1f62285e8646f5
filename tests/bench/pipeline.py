"""Cost of hooks and of agents: the pipeline against pluggy calling the same functions, and against a bare await.

Interleaved rounds in one process; times are the median of seven rounds in microseconds, with their extremes.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pluggy

from llmspell.model.call import Call
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.run import Run

ROUNDS = 7
REPEAT = 20_000
AGENTS = 1000

spec = pluggy.HookspecMarker("bench")
impl = pluggy.HookimplMarker("bench")


class Spec:
    """One hook for pluggy."""

    @spec
    def step(self, call: object) -> object:
        """Do nothing."""


class Plugin:
    """One implementation for pluggy."""

    @impl
    def step(self, call: object) -> None:
        """Have no opinion."""


def pluggy_with(count: int) -> Callable[[], Awaitable[None]]:
    """Give a function that calls a pluggy hook with `count` implementations."""
    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(Spec)
    for _ in range(count):
        manager.register(Plugin())
    hook = manager.hook.step

    async def once() -> None:
        hook(call=None)

    return once


async def core(_call: Call, _ctx: object) -> object:
    """Be the operation itself."""
    return None


def pipeline_with(run: Run, operation: str, hook: Any, count: int) -> Callable[[], Awaitable[object]]:
    """Give a function that performs an operation which `count` hooks listen to."""
    for _ in range(count):
        run.hooks.register(f"before_{operation}", hook)
    ctx, call = run.context(), Call(operation, "bench", None)
    return lambda: perform(ctx, call, core)


async def timed(calls: dict[str, Callable[[], Awaitable[object]]]) -> None:
    """Run all calls in turn, round by round, and print what one of each took."""
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            for _ in range(REPEAT):
                await call()
            samples[name].append((time.perf_counter() - started) / REPEAT * 1e6)
    for name, each in samples.items():
        print(f"  {name:34} {statistics.median(each):6.2f} us  ({min(each):.2f} .. {max(each):.2f})")


async def agents(run: Run) -> None:
    """Make agents, each with a tool, and weigh them."""
    config = AgentConfig(name="bench", provider="scripted")
    each = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(AGENTS):
            await run.app.agents.create(run, config)
        each.append((time.perf_counter() - started) / AGENTS * 1e6)
    tracemalloc.start()
    kept = [await run.app.agents.create(run, config) for _ in range(AGENTS)]
    weight = tracemalloc.get_traced_memory()[0] / len(kept) / 1024
    tracemalloc.stop()
    print(f"  agent                              {statistics.median(each):6.2f} us, {weight:.2f} KiB")


async def main() -> None:
    """Print the table."""
    async with App.open() as app, app.run("bench") as run:
        print("hooks, one operation")
        bare_ctx, bare_call = run.context(), Call("workflow_step", "bench", None)

        async def waits(call: Call) -> None:
            """Be an asynchronous hook."""

        await timed(
            {
                "bare await": lambda: core(bare_call, bare_ctx),
                "nobody listens": pipeline_with(run, "workflow_step", None, 0),
                "pluggy, 1": pluggy_with(1),
                "pipeline, 1": pipeline_with(run, "handoff", lambda call: None, 1),
                "pluggy, 5": pluggy_with(5),
                "pipeline, 5": pipeline_with(run, "workflow_execution", lambda call: None, 5),
                "pipeline, 5 async, one deadline": pipeline_with(run, "state_write", waits, 5),
            }
        )
        print("creation")
        await agents(run)


if __name__ == "__main__":
    asyncio.run(main())
