"""The JavaScript engine on both transports, and scripts that only a kill from outside can stop."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import ScriptMemoryError, ScriptTimeoutError
from llmspell.runtime.host import Limits

MIB = 1 << 20

SPELLS = {
    "value": ("return 1 + 1", 2),
    "awaited call": ("return await Agent.execute(20) + 1", 41),
    "hundred calls": ("let n = 0; for (let i = 1; i <= 100; i++) n += await Agent.execute(i); return n", 10100),
    "hundred at once": (
        "return (await Promise.all(Array.from({length: 100}, (_, i) => Agent.execute(i)))).reduce((a, b) => a + b)",
        9900,
    ),
    "catch": ("try { await Agent.new() } catch (e) { return [e.type, e.code] }", ["rate_limit", 7003]),
    "generator": ("async function* g() { yield Agent.execute(4) } for await (const v of g()) return v", 8),
    "unicode": ("await Agent.execute(1); return '\\u{1F600}\\0'", "😀\0"),
    "bytes": ("return new Uint8Array([255])", {"$b": "/w=="}),
}


@pytest.fixture
def engine() -> Any:
    """Give the description of the JavaScript engine."""
    from llmspell_engine_javascript.plugin import llmspell_engines

    return llmspell_engines()[0]


async def drive(channel: Any) -> Any:
    """Run the main chunk: `Agent.execute` doubles its argument, everything else is refused. Give the return message."""
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    while True:
        for message in await channel.receive():
            if message["t"] == "return":
                return message
            if message["t"] == "call" and message["op"] == "Agent.execute":
                await channel.send([{"t": "settle", "id": message["id"], "ok": True, "value": message["args"][0] * 2}])
            elif message["t"] == "call":
                error = {"type": "rate_limit", "code": 7003, "message": "slow down"}
                await channel.send([{"t": "settle", "id": message["id"], "ok": False, "error": error}])


@pytest.mark.parametrize("isolation", ["inline", "process"])
@pytest.mark.parametrize(("source", "value"), SPELLS.values(), ids=SPELLS)
async def test_the_same_spell_runs_on_both_transports(
    isolation: str, engine: Any, open_engine: Any, source: str, value: Any
) -> None:
    channel = await open_engine(isolation, engine, source=source)
    assert (await drive(channel))["value"] == value


async def test_a_run_after_a_kill_works(engine: Any, open_engine: Any) -> None:
    for isolation in ("inline", "process"):
        dead = await open_engine(isolation, engine, Limits(cpu=0.3), "for (;;) { try { null.x } catch {} }")
        try:
            assert (await drive(dead))["error"]["code"] == 4004
        except ScriptTimeoutError:
            assert isolation == "process"
        channel = await open_engine(isolation, engine, source="return 1")
        assert (await drive(channel))["value"] == 1


ENDLESS = {
    "loop": "for (;;);",
    "catch-all loop": "for (;;) { try { for (;;); } finally { continue } }",
    "microtasks": "(async () => { for (;;) await null })(); await Agent.execute(1)",
    "pattern": "return /^(a+)+$/.test('a'.repeat(60) + 'b')",
    "join of what is not there": "const a = [1]; a.length = 2 ** 32 - 1; return a.join(',').length",
    "native sort": "const a = []; a.length = 2 ** 32 - 1; a[1] = 1; a.indexOf(5); a.reverse(); a.fill(1)",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
async def test_a_child_that_never_ends_is_killed(engine: Any, open_engine: Any, source: str) -> None:
    channel = await open_engine("process", engine, Limits(cpu=0.6), source)
    with pytest.raises((ScriptTimeoutError, ScriptMemoryError)):
        await drive(channel)


BOMBS = {
    "objects": "const a = []; for (;;) { try { for (;;) a.push({ x: [1, 2, 3] }) } catch {} }",
    "buffers": "const a = []; for (;;) { try { a.push(new Uint8Array(1 << 20).fill(1)) } catch {} }",
    "one huge array": "return new Array(2 ** 27).fill(0).length + new Array(2 ** 27).fill(1).length",
    "a growing buffer": "const b = new ArrayBuffer(1, { maxByteLength: 2 ** 32 }); for (let i = 1; ; i *= 2) { b.resize(i); new Uint8Array(b).fill(1) }",
    "texts": "let s = 'x'; const a = []; for (;;) { try { s += s } catch { s = 'x' } a.push(s + a.length) ; [...s.slice(0, 1e6)] }",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS)
async def test_a_memory_bomb_in_a_child_is_an_error_of_the_spell(engine: Any, open_engine: Any, source: str) -> None:
    channel = await open_engine("process", engine, Limits(memory=96 * MIB, cpu=20), source)
    try:
        answer = await drive(channel)
    except ScriptMemoryError:
        return
    assert answer["error"]["code"] in {4005, 4002}, answer
    if answer["error"]["code"] == 4002:
        assert "RangeError" in answer["error"]["message"]  # refused where it was asked for


async def test_a_print_flood_in_a_child_is_cut(engine: Any, open_engine: Any) -> None:
    source = "for (;;) { try { console.log('x'.repeat(1000)) } catch {} }"
    channel = await open_engine("process", engine, Limits(output=100_000), source)
    assert (await drive(channel))["error"]["code"] == 4009


async def test_the_kernel_goes_on_while_a_child_burns(engine: Any, open_engine: Any) -> None:
    burning = await open_engine("process", engine, Limits(cpu=5), "for (;;);")
    await burning.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    other = await open_engine("process", engine, source="return await Agent.execute(21)")
    assert (await drive(other))["value"] == 42
    burning.kill(ScriptTimeoutError("stopped by the test"))
    with pytest.raises(ScriptTimeoutError, match="stopped by the test"):
        await burning.receive()


async def test_several_children_work_side_by_side(engine: Any, open_engine: Any) -> None:
    async def one(number: int) -> Any:
        channel = await open_engine("process", engine, source=f"return await Agent.execute({number})")
        return (await drive(channel))["value"]

    assert await asyncio.gather(*(one(number) for number in range(3))) == [0, 2, 4]


@pytest.mark.parametrize("isolation", ["inline", "process"])
async def test_many_lines_pass_and_one_message_has_a_bound(isolation: str, engine: Any, open_engine: Any) -> None:
    source = """
        for (let i = 1; i <= 30000; i++) console.log(i);
        try { await Agent.execute('x'.repeat(17 * 1024 * 1024)) } catch (e) { return e.type }"""
    channel = await open_engine(isolation, engine, source=source)
    assert (await drive(channel))["value"] == "resource_exhausted"
