"""Each engine behind its messages, in this process and in a child: ready, awaited calls, values.

A call goes out and its answer comes in: alone, or a thousand at a time. A value crosses in an answer or in a call; what
it takes is a turn with it less a turn without. The floors are the engine's own: see `tests.bench.languages`.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from llmspell.bridge.api import names_string
from llmspell.runtime.host import Limits, open_channel
from llmspell.runtime.host.spares import Spares
from tests.bench.budget import OURS
from tests.bench.languages import FLIGHT, LANGUAGES, VALUES, Runtime
from tests.bench.samples import MICRO, MILLI, contest, derived

if TYPE_CHECKING:
    from llmspell.runtime.host import Channel
    from llmspell.spec.wire import Message
    from tests.bench.contestants import Peers
    from tests.bench.languages import Language
    from tests.bench.samples import Samples, Turn

PLACES = {"inline": "inline", "child": "process"}
CALLS = 300
TIMES = {"1.2 KB": 100, "62 KB": 20}
WARM = 2
LOADED = 0.5
"""Seconds after which a process that was started to wait has loaded its engine."""
BARE_CHILD = "import sys; sys.path[:] = sys.argv[1:]; {}; print(1)"


async def begun(
    language: Language, isolation: str, source: str, params: object = None, spares: Spares | None = None
) -> Channel:
    """Open a channel whose spell is read and ready."""
    channel = await open_channel(isolation, language.engine, Limits(cpu=None), spares)
    name = f"s{language.extension}"
    about: Message = {"t": "hello", "v": 1, "api": names_string(), "name": name, "source": source}
    await channel.send([{**about, "params": params or {}, "limits": channel.limits.for_guest(isolation)}])  # type: ignore[typeddict-item]  # any JSON
    (answer,) = await channel.receive()
    if not answer["ok"]:
        message = f"the spell did not start: {answer}"
        raise RuntimeError(message)
    return channel


def ready(language: Language, isolation: str) -> Turn:
    """Make the turn that begins a spell."""

    async def turn() -> float:
        start = perf_counter()
        channel = await begun(language, isolation, language.nothing)
        taken = perf_counter() - start
        await channel.aclose()
        return taken * MILLI

    return turn


def ready_from_spare(language: Language, spares: Spares) -> Turn:
    """Make the turn that begins a spell in a process that waits for it."""

    async def turn() -> float:
        spares.prepare(language.engine)
        await asyncio.sleep(LOADED)
        start = perf_counter()
        channel = await begun(language, "process", language.nothing, spares=spares)
        taken = perf_counter() - start
        await channel.aclose()
        return taken * MILLI

    return turn


def answered(
    language: Language,
    isolation: str,
    source: str,
    *,
    value: object = 1,
    params: object = None,
    calls: int,
    width: int = 1,
) -> Turn:
    """Make the turn of a spell that has `width` calls outstanding at a time, `calls` times over: microseconds each."""

    async def asked(channel: Channel) -> list[int]:
        numbers: list[int] = []
        while len(numbers) < width:
            numbers += [one["id"] for one in await channel.receive() if one["t"] == "call"]
        return numbers

    async def turn() -> float:
        channel = await begun(language, isolation, source, params)
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
        return taken / calls / width * MICRO

    return turn


def bare_start(runtime: Runtime) -> Turn:
    """Make the turn of a bare runtime that is ready in this process."""

    async def turn() -> float:
        return runtime.start() * MILLI

    return turn


def bare_child(language: Language) -> Turn:
    """Make the turn of a process that has the engine and says so, as long as one waits for it."""

    async def turn() -> float:
        words = [sys.executable, "-I", "-S", "-c", BARE_CHILD.format(language.imports), *filter(None, sys.path)]
        start = perf_counter()
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        if process.stdout is None or not await process.stdout.readline():
            raise RuntimeError(f"{language.title} alone does not start")
        taken = perf_counter() - start
        await process.wait()
        return taken * MILLI

    return turn


def bare_step(runtime: Runtime) -> Turn:
    """Make the turn of a bare runtime whose script waits, is told something, and waits again."""

    async def turn() -> float:
        step, end = runtime.step()
        start = perf_counter()
        for _ in range(CALLS):
            step()
        taken = perf_counter() - start
        end()
        return taken / CALLS * MICRO

    return turn


def bare_crossing(runtime: Runtime, value: object, way: int, times: int) -> Turn:
    """Make the turn of a value that goes into a bare runtime (`way` 0) or comes out of it (1)."""

    async def turn() -> float:
        *ways, end = runtime.crossings(value)
        start = perf_counter()
        for _ in range(times):
            ways[way]()
        taken = perf_counter() - start
        end()
        return taken / times * MICRO

    return turn


async def readiness(language: Language, runtime: Runtime) -> dict[str, Samples]:
    """Let spells begin in either place."""
    inline = await contest({OURS: ready(language, "inline"), language.floor: bare_start(runtime)})
    above = derived(inline, lambda taken: taken[OURS] - taken[language.floor])
    spares = Spares()
    from_spare = await contest({OURS: ready_from_spare(language, spares), language.floor: bare_start(runtime)})
    await spares.aclose()
    bare = f"a process with {language.floor}"
    return {
        f"{language.title} spell ready from a spare": from_spare,
        f"{language.title} spell ready above {language.floor}, inline": {
            OURS: above,
            language.floor: inline[language.floor],
        },
        f"{language.title} spell ready, child": await contest(
            {OURS: ready(language, "process"), bare: bare_child(language)}
        ),
    }


async def calls(language: Language, runtime: Runtime) -> dict[str, Samples]:
    """Let spells ask, alone and together, in either place."""
    found = {}
    step = bare_step(runtime)
    for place, isolation in PLACES.items():
        turn = partial(answered, language, isolation)
        alone = {OURS: turn(language.alone, calls=CALLS), language.floor: step}
        together = {OURS: turn(language.together, calls=3, width=FLIGHT), language.floor: step}
        found[f"{language.title} call and answer, {place}"] = await contest(alone)
        found[f"{language.title} call and answer of 1 000, {place}"] = await contest(together)
    return found


async def values(language: Language, runtime: Runtime) -> dict[str, Samples]:
    """Let values in and out, in either place."""
    found = {}
    for (size, value), (place, isolation) in ((one, other) for one in VALUES.items() for other in PLACES.items()):
        turn = partial(answered, language, isolation, calls=TIMES[size])
        for way, turns in enumerate(
            (
                {"with": turn(language.alone, value=value), "without": turn(language.alone)},
                {
                    "with": turn(language.sender, params={"value": value}),
                    "without": turn(language.sender, params={"value": 1}),
                },
            )
        ):
            taken = await contest({**turns, language.floor: bare_crossing(runtime, value, way, TIMES[size])})
            unit = 1.0 if size == "1.2 KB" else MILLI / MICRO
            found[f"{language.title} {size} {('in', 'out')[way]}, {place}"] = {
                OURS: [one * unit for one in derived(taken, lambda of: of["with"] - of["without"])],
                language.floor: [one * unit for one in taken[language.floor]],
            }
    return found


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Run all in turn."""
    found: dict[str, Samples] = {}
    for language in LANGUAGES:
        runtime = Runtime(language)
        for part in (readiness, calls, values):
            found |= await part(language, runtime)
    return found
