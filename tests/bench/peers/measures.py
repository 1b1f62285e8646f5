"""What is asked of every framework, ourselves and the bare clients included. Standard library only.

A framework says how it makes an agent and how an agent answers; the work, the repetitions and the clocks are here.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import time
import tracemalloc
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Ask = Callable[[Any], Awaitable[object]]
    Stream = Callable[[Any], Awaitable[int]]

SYSTEM = "You are a calculator."
PROMPT = "What is 2 + 3? Use the tool."
ANSWER = "The sum is 5."
MODEL = "gpt-4o-mini"
KEY = "sk-bench"
CALLS = 100
LOOPS = 50
STREAMS = 4
CHUNKS = 500
AGENTS = 200
RUNS = 1000
MICRO = 1e6
PAGE = resource.getpagesize()


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Framework(Protocol):
    """How a contestant does what is measured; `tools` says whether the agent has `add`."""

    def make(self, *, tools: bool, slow: bool = False) -> Any:
        """Make an agent; `slow` is one whose model takes 50 ms."""
        ...

    async def ask(self, agent: Any) -> str:
        """Let an agent answer `PROMPT`, with as many calls as that takes."""
        ...

    async def stream(self, agent: Any) -> int:
        """Let an agent answer in pieces and count them."""
        ...


def measures(framework: Framework) -> Mapping[str, Callable[[], Awaitable[float]]]:
    """Give what a framework can be asked for: call, loop and chunk in CPU us, busy in s, create in us, KiB."""
    plain = framework.make(tools=False)
    tooled = framework.make(tools=True)
    slow = framework.make(tools=True, slow=True)
    return {
        "call": lambda: answering(framework.ask, plain, CALLS),
        "loop": lambda: answering(framework.ask, tooled, LOOPS),
        "chunk": lambda: streaming(framework.stream, plain),
        "busy": lambda: busy(framework.ask, slow),
        "running": lambda: running(framework.ask, slow),
        "create": lambda: creating(lambda: framework.make(tools=True)),
        "weigh": lambda: weighing(lambda: framework.make(tools=True)),
    }


async def answering(ask: Ask, agent: Any, times: int) -> float:
    """Let an agent answer some times, one after the other: CPU us each."""
    checked(await ask(agent))
    return await _cpu(lambda: ask(agent), times)


async def streaming(stream: Stream, agent: Any) -> float:
    """Let an agent answer in pieces: CPU us a piece."""
    pieces = await stream(agent)
    if pieces < CHUNKS:
        message = f"{pieces} pieces of {CHUNKS}"
        raise RuntimeError(message)
    return await _cpu(lambda: stream(agent), STREAMS) / CHUNKS


async def busy(ask: Ask, agent: Any, runs: int = RUNS) -> float:
    """Run many tool loops at once on one agent: wall seconds.

    One loop goes ahead: the pool of a client that has no connection yet costs httpx six times as much.
    """
    checked(await ask(agent))
    start = time.perf_counter()
    answers = await asyncio.gather(*(ask(agent) for _ in range(runs)))
    taken = time.perf_counter() - start
    for answer in answers:
        checked(answer)
    return taken


async def running(ask: Ask, agent: Any) -> float:
    """Tell by how many KiB a run the process grows; true once per process, whose peak never goes down again."""
    await busy(ask, agent, 10)
    gc.collect()
    before = _resident()
    await busy(ask, agent)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / RUNS


def _resident() -> float:
    """Give what the process has in memory, in KiB."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * PAGE / 1024


def checked(answer: object) -> None:
    """Refuse an answer that is not the model's: a fast failure is no result."""
    if ANSWER not in str(answer):
        message = f"wrong answer: {answer!r}"
        raise RuntimeError(message)


async def _cpu(work: Callable[[], Awaitable[object]], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        await work()
    return (time.process_time() - start) / times * MICRO


async def creating(make: Callable[[], object]) -> float:
    """Make agents that are dropped at once: us each, without the collector."""
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(AGENTS):
            make()
        return (time.perf_counter() - start) / AGENTS * MICRO
    finally:
        gc.enable()


async def weighing(make: Callable[[], object]) -> float:
    """Keep agents: KiB each by tracemalloc."""
    make()
    gc.collect()
    tracemalloc.start()
    kept = [make() for _ in range(AGENTS)]
    gc.collect()
    weight = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return weight / 1024 / len(kept)
