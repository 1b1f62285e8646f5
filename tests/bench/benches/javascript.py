"""The JavaScript engine behind its messages, in this process and in a child: ready, awaited calls, values.

A call goes out and its answer comes in: alone, or a thousand at a time. The floor is V8's own: a new isolate with one
evaluation, and two evaluations as one crossing in and out takes, of a word or of the same 62 KB.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import TYPE_CHECKING

from llmspell.bridge.api import names_string
from llmspell.runtime.host import Limits, open_channel
from llmspell_engine_javascript.isolate import Isolate, prepare
from llmspell_engine_javascript.plugin import llmspell_engines
from tests.bench.budgets import OURS
from tests.bench.samples import MICRO, MILLI, contest, derived

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.runtime.host import Channel
    from llmspell.spec.wire import Message
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn

ENGINE = llmspell_engines()[0]
PLACES = {"inline": "inline", "child": "process"}
CALLS = 300
FLIGHT = 1000
VALUES = 20
WARM = 2
RECORDS = [{"id": i, "name": f"the name of {i}", "value": i * 1.5, "ok": True} for i in range(1000)]
MADE = "Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `the name of ${i}`, value: i * 1.5, ok: true }))"
ALONE = "for (;;) await Agent.execute(1)"
TOGETHER = f"for (;;) await Promise.all(Array.from({{ length: {FLIGHT} }}, () => Agent.execute(1)))"
OUT = f"const v = {MADE}; for (;;) await Agent.execute(v)"


async def begun(isolation: str, source: str) -> Channel:
    """Open a channel whose spell is read and ready."""
    channel = await open_channel(isolation, ENGINE, Limits(cpu=None))
    hello: Message = {"t": "hello", "v": 1, "api": names_string(), "params": {}, "name": "s.js", "source": source}
    await channel.send([{**hello, "limits": channel.limits.for_guest(isolation)}])
    (answer,) = await channel.receive()
    if not answer["ok"]:
        message = f"the spell did not start: {answer}"
        raise RuntimeError(message)
    return channel


def ready(isolation: str) -> Turn:
    """Make the turn that begins a spell."""

    async def turn() -> float:
        start = perf_counter()
        channel = await begun(isolation, "return 1")
        taken = perf_counter() - start
        await channel.aclose()
        return taken * MILLI

    return turn


def answered(isolation: str, source: str, value: object, calls: int, *, width: int = 1, unit: float = MICRO) -> Turn:
    """Make the turn of a spell that has `width` calls outstanding at a time, `calls` times over."""

    async def asked(channel: Channel) -> list[int]:
        numbers: list[int] = []
        while len(numbers) < width:
            numbers += [one["id"] for one in await channel.receive() if one["t"] == "call"]
        return numbers

    async def turn() -> float:
        channel = await begun(isolation, source)
        await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
        numbers = await asked(channel)
        start = 0.0
        for number in range(calls + WARM):
            if number == WARM:
                start = perf_counter()
            for one in numbers:
                await channel.send([{"t": "settle", "id": one, "ok": True, "value": value}])
            numbers = await asked(channel)
        taken = perf_counter() - start
        await channel.aclose()
        return taken / calls / width * unit

    return turn


async def isolate_ready() -> float:
    """Make an isolate and evaluate once."""
    start = perf_counter()
    isolate = Isolate(1 << 28)
    isolate.evaluate("1")
    taken = perf_counter() - start
    isolate.close()
    return taken * MILLI


def crossing(into: str, out: str, times: int, unit: float = MICRO) -> Turn:
    """Make the turn of an isolate that evaluates two texts together."""

    async def turn() -> float:
        isolate = Isolate(1 << 28)
        isolate.evaluate(f"const records = {MADE}")
        start = perf_counter()
        for _ in range(times):
            isolate.evaluate(into, out)
        taken = perf_counter() - start
        isolate.close()
        return taken / times * unit

    return turn


def work() -> dict[str, tuple[Callable[[str], Turn], Turn]]:
    """Name what is done in either place, with its floor."""
    text = json.dumps(json.dumps(RECORDS))
    word = crossing("'1'", "1", CALLS)
    return {
        "awaited call": (lambda place: answered(place, ALONE, 1, CALLS), word),
        "awaited call of 1 000": (lambda place: answered(place, TOGETHER, 1, 3, width=FLIGHT), word),
        "62 KB in": (
            lambda place: answered(place, ALONE, RECORDS, VALUES, unit=MILLI),
            crossing(f"JSON.parse({text})", "1", VALUES, MILLI),
        ),
        "62 KB out": (
            lambda place: answered(place, OUT, 1, VALUES, unit=MILLI),
            crossing("1", "JSON.stringify(records)", VALUES, MILLI),
        ),
    }


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Run all in turn."""
    prepare()
    inline = await contest({OURS: ready("inline"), "V8": isolate_ready})
    above = derived(inline, lambda taken: taken[OURS] - taken["V8"])
    found = {
        "JavaScript spell ready above V8, inline": {OURS: above, "V8": inline["V8"]},
        "JavaScript spell ready, child": await contest({OURS: ready("process"), "V8": isolate_ready}),
    }
    for what, (ours, floor) in work().items():
        for place, isolation in PLACES.items():
            found[f"JavaScript {what}, {place}"] = await contest({OURS: ours(isolation), "V8": floor})
    return found
