"""A small memory limit is the script's alone: what its engine takes before it runs does not count."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import ScriptMemoryError
from llmspell.runtime.host import Limits

MIB = 1 << 20
# Scripts that work for longer than the watchdog waits between two looks, and scripts that take all they get.
WORKS = {
    "lua": "local n = 0 while os.clock() < 0.3 do n = n + 1 end return 7",
    "javascript": "const until = Date.now() + 300; while (Date.now() < until); return 7",
}
BOMBS = {
    "lua": "local t = {} while true do pcall(function() t[#t + 1] = {x = 1} end) end",
    "javascript": "const a = []; for (;;) { try { for (;;) a.push({ x: [1] }) } catch {} }",
}


def engine(name: str) -> Any:
    """Give the description of an engine."""
    if name == "lua":
        from llmspell_engine_lua.plugin import llmspell_engines as engines
    else:
        from llmspell_engine_javascript.plugin import llmspell_engines as engines
    return engines()[0]


async def answer(channel: Any) -> Any:
    """Run the main chunk and give its return message."""
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    while True:
        for message in await channel.receive():
            if message["t"] == "return":
                return message


@pytest.mark.parametrize("memory", [1 * MIB, 8 * MIB])
@pytest.mark.parametrize("name", WORKS)
async def test_a_script_that_needs_little_runs_within_little(open_engine: Any, name: str, memory: int) -> None:
    channel = await open_engine("process", engine(name), Limits(memory=memory), WORKS[name])
    assert (await answer(channel))["value"] == 7


@pytest.mark.parametrize("name", BOMBS)
async def test_a_script_that_takes_all_it_gets_is_stopped_at_a_small_limit(open_engine: Any, name: str) -> None:
    channel = await open_engine("process", engine(name), Limits(memory=4 * MIB, cpu=20), BOMBS[name])
    try:
        error = (await answer(channel))["error"]
    except ScriptMemoryError:
        return
    assert error["code"] == 4005
