from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.bridge.caps import Caps
from llmspell.bridge.session import SpellSession
from llmspell.errors import (
    LlmspellError,
    ScriptError,
    ScriptMemoryError,
    ScriptRuntimeError,
    ScriptSyntaxError,
    ToolNotFoundError,
    ValidationError,
)


async def test_the_value_of_the_main_chunk_is_the_result(spell) -> None:
    async def main(guest) -> Any:
        return {"answer": [1, 2.5, None, {"$b": "AAE="}]}

    assert await spell(main) == {"answer": [1, 2.5, None, b"\0\1"]}


async def test_calls_run_side_by_side_and_settle_in_any_order(spell) -> None:
    order: list[str] = []

    async def main(guest) -> Any:
        async def gate(event: dict[str, Any]) -> None:
            order.append("handler")

        await guest.call("Events.subscribe", "go", guest.function(gate))

        async def predicate(key: str, value: object) -> bool:
            order.append(f"asked {value}")
            await opened.wait()
            return True

        opened = asyncio.Event()
        await guest.call("Storage.set", "a", 1)
        _, slow_answer = guest.start("Storage.query", guest.function(predicate))
        quick = await guest.call("Storage.get", "a")
        order.append(f"quick {quick}")
        opened.set()
        return [quick, await slow_answer]

    assert await spell(main) == [1, {"a": 1}]
    assert order.index("quick 1") >= 0
    assert "asked 1" in order


async def test_a_function_of_the_script_runs_while_its_own_call_waits_for_it(spell) -> None:
    async def main(guest) -> Any:
        async def execute(arguments: dict[str, Any]) -> Any:
            inner = await guest.call("Tools.get", "doubler")
            return (await guest.call("tool.execute", inner, {"sum": arguments["n"]}))["result"]

        tool = await guest.call(
            "Tool.new", {"name": "outer", "parameters": {"n": "integer"}, "execute": guest.function(execute)}
        )
        return await guest.call("tool.execute", tool, {"n": 21})

    assert (await spell(main))["result"] == 42


async def test_two_functions_interleave_and_finish_in_reverse(spell) -> None:
    async def main(guest) -> Any:
        first = asyncio.Event()
        done: list[int] = []

        async def execute(arguments: dict[str, Any]) -> Any:
            if arguments["n"] == 1:
                await first.wait()
            else:
                first.set()
            done.append(arguments["n"])
            return arguments["n"]

        tool = await guest.call(
            "Tool.new", {"name": "outer", "parameters": {"n": "integer"}, "execute": guest.function(execute)}
        )
        _, one = guest.start("tool.execute", tool, {"n": 1})
        _, two = guest.start("tool.execute", tool, {"n": 2})
        await asyncio.gather(one, two)
        return done

    assert await spell(main) == [2, 1]


async def test_a_failure_of_the_kernel_reaches_the_script_with_its_fields(spell, guest_error) -> None:
    async def main(guest) -> Any:
        try:
            await guest.call("Tools.get", "addr")
        except guest_error as caught:
            return caught.error

    error = await spell(main)
    assert (error["type"], error["code"]) == ("tool_not_found", 2001)
    assert "adder" in str(error["suggestions"])


async def test_a_kernel_error_the_script_does_not_catch_is_raised_as_itself(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Tools.get", "nothing_like_it")

    with pytest.raises(ToolNotFoundError):
        await spell(main)


async def test_an_error_of_the_script_names_its_place(spell) -> None:
    async def main(guest) -> Any:
        raise ValueError("bad luck")

    with pytest.raises(ScriptRuntimeError, match="bad luck") as caught:
        await spell(main)
    assert caught.value.where == "test.lua:1"


@pytest.mark.parametrize(
    "op", ["Nothing.at_all", "Agent.nothing", "Async.run", "agent.nothing", "nothing.chat", "Agent.", "Agent"]
)
async def test_an_operation_that_does_not_exist_is_refused(spell, guest_error, op: str) -> None:
    async def main(guest) -> Any:
        try:
            await guest.call(op)
        except guest_error as caught:
            return caught.error["type"]

    assert await spell(main) == "api_unavailable"


async def test_a_method_without_its_handle_says_so(spell, guest_error) -> None:
    async def main(guest) -> Any:
        try:
            await guest.call("tool.execute", {"sum": 1})
        except guest_error as caught:
            return caught.error["message"]

    assert "call it with a colon on a handle of kind tool" in await spell(main)


async def test_a_forged_or_released_handle_is_refused(spell, guest_error) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "doubler")
        guest.put({"t": "release", "h": [tool["$h"]]})
        errors = []
        for handle in (tool, {"$h": ["tool", 99]}, {"$h": ["agent", 1]}):
            try:
                await guest.call("tool.get_name", handle)
            except guest_error as caught:
                errors.append(caught.error["message"])
        return errors

    errors = await spell(main)
    assert errors == [
        "there is no tool 1: it was released",
        "there is no tool 99: it was released",
        "there is no agent 1: it was released",
    ]


async def test_camel_case_operations_are_understood(spell) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.@get", "doubler")
        return await guest.call("tool.getName", tool)

    assert await spell(main) == "doubler"


async def test_a_cancelled_call_stops_and_is_not_settled(spell) -> None:
    stopped = asyncio.Event()

    async def main(guest) -> Any:
        started = asyncio.Event()

        async def execute(arguments: dict[str, Any]) -> Any:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

        tool = await guest.call("Tool.new", {"name": "outer", "execute": guest.function(execute)})
        number, _ = guest.start("tool.execute", tool, {})
        await started.wait()
        guest.put({"t": "cancel", "id": number})
        await stopped.wait()
        await guest.call("Storage.get", "a")
        return [m for m in guest.sent if m["t"] == "settle" and m["id"] == number]

    assert await spell(main) == []


async def test_what_a_script_leaves_running_is_cancelled_at_its_end(spell) -> None:
    async def main(guest) -> Any:
        guest.start("Async.sleep", 3_600_000)
        guest.start("Events.sleep", "1h")
        return "done"

    assert await asyncio.wait_for(spell(main), 5) == "done"


async def test_a_function_is_refused_after_the_end(app, guest) -> None:
    kept: dict[str, int] = {}

    async def main(guest) -> Any:
        kept.update(guest.function(lambda: 1))

    async with app.run("test") as run:
        session = SpellSession(run, guest(main))
        await session.drive()
        with pytest.raises(ScriptRuntimeError, match="the spell has ended"):
            await session.invoke(kept["$fn"], [])


async def test_a_function_that_takes_too_long_is_cancelled_and_the_spell_goes_on(spell, guest_error) -> None:
    async def main(guest) -> Any:
        cancelled = asyncio.Event()

        async def execute(arguments: dict[str, Any]) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        tool = await guest.call("Tool.new", {"name": "slow", "execute": guest.function(execute), "timeout": "1ms"})
        try:
            await guest.call("tool.execute", tool, {})
        except guest_error as caught:
            await cancelled.wait()
            return caught.error["type"]

    assert await spell(main) == "timeout"


async def test_too_many_outstanding_calls_are_refused(spell, guest_error) -> None:
    async def main(guest) -> Any:
        calls = [guest.start("Async.sleep", 3_600_000)[1] for _ in range(4)]
        done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        return [one.exception().error["type"] for one in done]

    assert await spell(main, caps=Caps(calls=3)) == ["resource_exhausted"]


async def test_functions_the_kernel_let_go_of_do_not_count(spell) -> None:
    async def main(guest) -> Any:
        for _ in range(20):
            subscription = await guest.call("Events.subscribe", "x", guest.function(lambda _: None))
            await guest.call("Events.unsubscribe", "x")
            guest.put({"t": "release", "h": [subscription["$h"]]})
        return "done"

    assert await spell(main, caps=Caps(callbacks=5)) == "done"


async def test_a_stream_is_read_with_credit_and_ends(spell) -> None:
    async def main(guest) -> Any:
        for number in range(5):
            await guest.call("Events.emit", "tick", {"n": number})
        stream = await guest.call("Events.replay", "tick")
        return [one["n"] for one in await guest.items(stream, credit=2)]

    assert await spell(main) == [0, 1, 2, 3, 4]


async def test_a_stream_the_script_leaves_is_closed(spell) -> None:
    async def main(guest) -> Any:
        for number in range(5):
            await guest.call("Events.emit", "tick", {"n": number})
        stream = await guest.call("Events.replay", "tick")
        found = await guest.items(stream, credit=1, limit=2)
        await guest.call("Storage.get", "a")
        return [one["n"] for one in found], [m for m in guest.sent if m["t"] == "item" and m["value"]["n"] > 2]

    assert await spell(main) == [[0, 1], []]


async def test_posts_are_handled_in_order_and_never_answered(spell) -> None:
    printed: list[str] = []

    async def main(guest) -> Any:
        guest.post("print", "a", 1, {"b": True})
        guest.post("Log.print", "second")
        guest.post("Log.nothing", "x")
        guest.post("Storage.get", [])
        await guest.call("Storage.get", "a")
        return len([m for m in guest.sent if m["t"] == "settle"])

    assert await spell(main, printed=printed) == 1
    assert printed == ['a\t1\t{"b": true}', "second"]


async def test_an_engine_that_dies_is_an_error_of_the_spell(spell) -> None:
    async def main(guest) -> Any:
        guest.put(None)
        await asyncio.Event().wait()

    with pytest.raises(ScriptMemoryError, match="the engine died"):
        await spell(main)


async def test_an_engine_that_dies_with_calls_outstanding_is_one_error(spell, caplog) -> None:
    async def main(guest) -> Any:
        executing = asyncio.Event()

        async def execute(arguments: dict[str, Any]) -> Any:
            executing.set()
            await asyncio.Event().wait()

        tool = await guest.call("Tool.new", {"name": "slow", "execute": guest.function(execute)})
        guest.start("tool.execute", tool, {})
        await executing.wait()
        for _ in range(3):
            guest.start("Storage.get", "a")
        guest.put(None)
        await asyncio.Event().wait()

    with pytest.raises(ScriptMemoryError, match="the engine died"):
        await spell(main)
    assert "Storage.get failed: the engine died" in caplog.text


async def test_a_message_nobody_knows_ends_the_spell(spell) -> None:
    async def main(guest) -> Any:
        guest.put({"t": "what"})
        await asyncio.Event().wait()

    with pytest.raises(ScriptError, match="unknown type 'what'"):
        await spell(main)


async def test_a_call_without_its_fields_ends_the_spell(spell) -> None:
    async def main(guest) -> Any:
        guest.put({"t": "call"})
        await asyncio.Event().wait()

    with pytest.raises(LlmspellError):
        await spell(main)


async def test_a_syntax_error_arrives_with_the_hello(app, guest) -> None:
    class Refusing(guest):  # type: ignore[misc]  # the fixture gives the class
        def _got_hello(self, message: dict[str, Any]) -> None:
            error = {"type": "syntax", "code": 4001, "message": "unexpected symbol", "where": "test.lua:3"}
            self.put({"t": "hello", "ok": False, "error": error})

    async with app.run("test") as run:
        with pytest.raises(ScriptSyntaxError) as caught:
            await SpellSession(run, Refusing(None)).drive()
    assert caught.value.where == "test.lua:3"


async def test_cancelling_the_spell_from_outside_ends_everything(app, guest) -> None:
    started = asyncio.Event()

    async def main(guest) -> Any:
        guest.start("Async.sleep", 3_600_000)
        started.set()
        await asyncio.Event().wait()

    async with app.run("test") as run:
        session = SpellSession(run, guest(main))
        task = asyncio.create_task(session.drive())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert session.ended
    assert not session._tasks


async def test_wrong_arguments_are_told_with_all_faults(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Agent.new", {"temprature": 1, "tools": "x"})

    with pytest.raises(ValidationError) as caught:
        await spell(main)
    faults: Any = caught.value.context["faults"]
    assert [one["path"] for one in faults] == ["config.temprature", "config.tools"]


async def test_a_function_is_given_back_as_often_as_it_was_sent(app, guest) -> None:
    async def main(guest) -> Any:
        function = guest.function(lambda _: None)
        for _ in range(3):
            subscription = await guest.call("Events.subscribe", "x", function)
            await guest.call("Events.unsubscribe", subscription)
        await guest.call("Storage.get", "a")

    machine = guest(main)
    async with app.run("test") as run:
        await SpellSession(run, machine).drive()
    assert machine.released == [1, 1, 1]
