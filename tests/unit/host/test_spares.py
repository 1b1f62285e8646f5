"""Processes that wait for a run: as good as new, never used twice, gone with whoever keeps them."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import ScriptMemoryError, ScriptTimeoutError
from llmspell.runtime.host import Limits, open_channel
from llmspell.runtime.host.spares import Spares
from llmspell.testing import open_context
from llmspell_engine_javascript.plugin import llmspell_engines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.spec import Component
    from llmspell.spec.wire import Message

pytestmark = pytest.mark.skipif(os.name != "posix", reason="children need POSIX")
MIB = 1 << 20


@pytest.fixture
async def spares() -> AsyncIterator[Spares]:
    kept = Spares()
    yield kept
    await kept.aclose()


async def asked(engine: Component, spares: Spares | None, what: str, *arguments: object, **limits: Any) -> Any:
    """Open a channel, ask once, close it."""
    channel = await open_channel("process", engine, Limits(**limits), spares)
    try:
        await channel.send([{"t": "invoke", "id": 1, "fn": 1, "args": [what, *arguments]}])
        return (await channel.receive())[0]["value"]
    finally:
        await channel.aclose()


async def waiting(spares: Spares, engine: Component) -> int:
    """Give the process id of the spare of an engine."""
    spares.prepare(engine)
    (spare,) = spares._waiting.values()
    return (await spare).process.pid


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_the_first_run_of_an_engine_prepares_nothing(spares, small_engine):
    await asked(small_engine, spares, "echo", 1)
    assert not spares._waiting


async def test_from_the_second_run_on_the_next_one_finds_a_process(spares, small_engine):
    await asked(small_engine, spares, "echo", 1)
    await asked(small_engine, spares, "echo", 1)
    (spare,) = spares._waiting.values()
    pid = (await spare).process.pid
    assert (await asked(small_engine, spares, "look"))["pid"] == pid


async def test_a_process_serves_one_run(spares, small_engine):
    pids = []
    for _ in range(5):
        pids.append((await asked(small_engine, spares, "look"))["pid"])
        assert gone(pids[-1])
    assert len(set(pids)) == 5


async def test_a_spare_is_as_if_it_had_just_been_started(spares, small_engine):
    cold = await asked(small_engine, None, "look")
    pid = await waiting(spares, small_engine)
    spare = await asked(small_engine, spares, "look")
    assert spare.pop("pid") == pid != cold.pop("pid")
    assert spare == cold


@pytest.mark.parametrize("limits", [{"memory": 64 * MIB, "cpu": 5.0}, {"memory": 256 * MIB, "cpu": None}])
async def test_its_walls_are_those_of_the_run_that_takes_it(spares, small_engine, limits):
    cold = await asked(small_engine, None, "status", **limits)
    await waiting(spares, small_engine)
    spare = await asked(small_engine, spares, "status", **limits)
    for found in (cold, spare):
        found["limits"]["RLIMIT_DATA"] //= 8 * MIB  # what the interpreter holds differs by a page or two
    assert spare == cold


async def test_the_walls_that_it_names_are_the_same(spares, small_engine):
    async def walls(kept: Spares | None) -> object:
        channel = await open_channel("process", small_engine, Limits(), kept)
        try:
            await channel.send([{"t": "hello", "v": 1}])
            return (await channel.receive())[0]["walls"]
        finally:
            await channel.aclose()

    await waiting(spares, small_engine)
    assert await walls(spares) == await walls(None)


async def test_an_engine_that_rehearsed_has_the_same_walls_and_forgot_it(spares):
    engine = llmspell_engines()[0]
    source = (
        "globalThis.seen = (globalThis.seen ?? 0) + 1; return [seen, Object.keys(globalThis).length, ENGINE ?? null]"
    )

    async def ran(kept: Spares | None) -> tuple[object, object]:
        channel = await open_channel("process", engine, Limits(), kept)
        try:
            hello: Message = {
                "t": "hello",
                "v": 1,
                "api": "",
                "name": "s.js",
                "source": source,
                "env": {"ENGINE": "js"},
            }
            await channel.send([hello])
            answer = (await channel.receive())[0]
            await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
            return answer["walls"], (await channel.receive())[0]["value"]
        finally:
            await channel.aclose()

    await waiting(spares, engine)
    assert await ran(spares) == await ran(None)


async def test_its_watchdog_knows_the_limits_of_the_run(spares, small_engine):
    await waiting(spares, small_engine)
    with pytest.raises(ScriptMemoryError):
        await asked(small_engine, spares, "fill", 700 * MIB, memory=16 * MIB)
    await waiting(spares, small_engine)
    with pytest.raises(ScriptTimeoutError):
        await asked(small_engine, spares, "hang", wall=0.1)


async def test_one_that_died_is_replaced(spares, small_engine):
    pid = await waiting(spares, small_engine)
    (spare,) = spares._waiting.values()
    process = (await spare).process
    os.kill(pid, signal.SIGKILL)
    await process.wait()
    assert (await asked(small_engine, spares, "look"))["pid"] != pid


async def test_no_more_wait_than_may(small_engine, lua_engine):
    kept = Spares(idle=1)
    try:
        first = await waiting(kept, small_engine)
        second = await waiting(kept, lua_engine)
        assert len(kept._waiting) == 1
        while kept._ending:
            await asyncio.wait(kept._ending)
        assert (gone(first), gone(second)) == (True, False)
    finally:
        await kept.aclose()


async def test_one_with_another_import_path_is_not_taken(spares, small_engine, monkeypatch, tmp_path):
    pid = await waiting(spares, small_engine)
    monkeypatch.syspath_prepend(tmp_path)
    assert (await asked(small_engine, spares, "look"))["pid"] != pid


async def test_they_end_with_their_keeper_and_leave_nothing(small_engine):
    kept = Spares()
    kept.prepare(small_engine)
    (spare,) = kept._waiting.values()
    process = await spare
    await kept.aclose()
    assert gone(process.process.pid)
    assert not Path(process.folder).exists()
    kept.prepare(small_engine)
    assert not kept._waiting


async def test_one_that_is_being_started_ends_with_its_keeper(small_engine):
    kept = Spares()
    kept.prepare(small_engine)
    (spare,) = kept._waiting.values()
    await kept.aclose()
    assert gone((await spare).process.pid)


async def test_an_application_keeps_them_and_ends_them():
    async with open_context() as ctx:
        for _ in range(3):
            await run_spell(ctx.app, source="return 1", options=SpellOptions(engine="lua", isolation="process"))
        (spare,) = ctx.app.spares._waiting.values()
        pid = (await spare).process.pid
        assert not gone(pid)
    assert gone(pid)
