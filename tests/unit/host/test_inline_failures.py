"""A machine in the kernel's own process that fails, whoever fed it: the spell ends, and says why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import InternalError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.runtime.host import Limits, open_channel
from llmspell.services.config import Config

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_failure_while_feeding_is_told_to_the_receiver(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("inline", small_engine)
    receiver = asyncio.create_task(channel.receive())
    await asyncio.sleep(0)
    with pytest.raises(ValueError, match="the machine is broken"):
        channel.write([{"t": "invoke", "id": 1, "fn": 0, "args": ["broken"]}])
    with pytest.raises(ValueError, match="the machine is broken"):
        await receiver
    with pytest.raises(ValueError, match="the machine is broken"):
        await channel.send([])


@pytest.mark.parametrize("source", ["print('x')", "Async.sleep(1) print('x')", "Config.get('a') print('x')"])
@pytest.mark.parametrize("isolation", ["inline", "process"])
async def test_a_printer_that_fails_ends_the_spell(source: str, isolation: str, tmp_path: Path) -> None:
    def broken(_: str) -> None:
        raise BrokenPipeError("nobody reads")

    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    async with App.open(config=config, selection=PluginSelection.read([])) as app:
        options = SpellOptions(engine="lua", isolation=isolation)
        running = run_spell(app, source=source, options=options, on_print=broken)
        with pytest.raises(InternalError) as caught:
            await asyncio.wait_for(running, 20)
    assert isinstance(caught.value.__cause__, BrokenPipeError)


async def test_an_earlier_cancellation_does_not_stop_a_spell(lua_engine: Any) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        assert task.cancelling() == 1  # as in whatever tidies up after a cancellation
    source = "for i = 1, 3 do print(i) end return 'done'"
    hello: Any = {"t": "hello", "v": 1, "api": "P print\n", "limits": {"cpu": 5}, "name": "x.lua", "source": source}
    channel = await open_channel("inline", lua_engine, Limits())
    try:
        await channel.send([hello, {"t": "invoke", "id": 0, "fn": 0, "args": []}])
        assert (await channel.receive())[-1]["value"] == "done"
    finally:
        await channel.aclose()
        task.uncancel()


async def test_cancelling_stops_a_spell_that_loops_inline_without_a_cpu_limit(lua_engine: Any) -> None:
    """What Ctrl-C does: the loop's own handler cancels the task that runs the spell, while the machine runs."""
    source = "while true do print('x') end"

    heard: list[Any] = []

    async def run() -> Any:
        channel = await open_channel("inline", lua_engine, Limits(cpu=None))
        task = asyncio.current_task()
        assert task is not None

        def on_post(message: Any) -> None:
            heard.append(message)
            if len(heard) == 100:
                task.cancel()

        channel.on_post = on_post
        limits: Any = channel.limits.for_guest("inline")
        hello: Any = {"t": "hello", "v": 1, "api": "P print\n", "limits": limits, "name": "x.lua", "source": source}
        channel.write([hello, {"t": "invoke", "id": 0, "fn": 0, "args": []}])
        try:
            answers = await channel.receive()
        finally:
            await channel.aclose()
        return answers

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(run())
    assert len(heard) == 100
