"""Waiting: asyncio as it is, and `Async.*`."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Python = Callable[..., Any]
    Start = Callable[..., Any]

AWAITS_THROUGH = {
    "nested function": "async def f():\n    return await Agent.execute('x')\nasync def g():\n    return await f()\nawait g()",
    "method of a class": "class C:\n    async def go(self):\n        return await Agent.execute('x')\nawait C().go()",
    "try": "try:\n    v = await Agent.execute('x')\nfinally:\n    pass\nv",
    "except": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    v = await Agent.execute('x')\nv",
    "finally": "try:\n    pass\nfinally:\n    v = await Agent.execute('x')\nv",
    "async generator": "async def g():\n    yield await Agent.execute('x')\n[v async for v in g()][0]",
    "comprehension": "[await Agent.execute(c) for c in 'x'][0]",
    "async context manager": "import contextlib\n@contextlib.asynccontextmanager\nasync def c():\n    yield await Agent.execute('x')\nasync with c() as v:\n    pass\nv",
    "gather": "import asyncio\n(await asyncio.gather(Agent.execute('x')))[0]",
    "create_task": "import asyncio\nawait asyncio.create_task(Agent.execute('x'))",
    "TaskGroup": "import asyncio\nasync with asyncio.TaskGroup() as g:\n    t = g.create_task(Agent.execute('x'))\nt.result()",
    "wait_for": "import asyncio\nawait asyncio.wait_for(Agent.execute('x'), 5)",
    "shield": "import asyncio\nawait asyncio.shield(Agent.execute('x'))",
    "as_completed": "import asyncio\n[await t for t in asyncio.as_completed([Agent.execute('x')])][0]",
    "to_thread": "import asyncio\nawait asyncio.to_thread(lambda: 'x')",
    "a coroutine as last line": "async def main():\n    return await Agent.execute('x')\nmain()",
    "Async.run": "await Async.run(lambda: Agent.execute('x'))",
    "a call awaited twice": "c = Agent.execute('x')\nawait c\nawait c",
}


@pytest.mark.parametrize("source", AWAITS_THROUGH.values(), ids=AWAITS_THROUGH)
def test_a_call_awaits_through(python: Python, source: str) -> None:
    assert python(source) == "x"


def test_a_hundred_calls_in_a_row_and_at_once(python: Python) -> None:
    source = """
        import asyncio
        total = 0
        for i in range(100):
            total += await Agent.execute(i)
        [total, await asyncio.gather(*(Agent.execute(i) for i in range(100)))]
    """
    assert python(source) == [4950, list(range(100))]


def test_timers_run_in_order_and_side_by_side(start: Start) -> None:
    spell = start("""
        import asyncio
        order = []
        async def wait(name, seconds):
            await asyncio.sleep(seconds)
            order.append(name)
        await asyncio.gather(wait("late", 0.05), wait("early", 0.02), wait("also late", 0.05))
        order
    """)
    assert spell.run() == ["early", "late", "also late"]
    assert spell.now <= 60
    assert len(spell.calls("Async.sleep")) <= 3


def test_a_timeout_cancels_what_it_waits_for(start: Start, pending: object) -> None:
    spell = start(
        """
        import asyncio
        try:
            async with asyncio.timeout(0.05):
                await Agent.execute(1)
        except TimeoutError:
            kind = "timeout"
        kind
        """,
        {"Agent.execute": lambda *_: pending},
    )
    assert spell.run() == "timeout"
    assert spell.calls("Async.sleep") == [[50.0]]
    assert [one["id"] for one in spell.log if one["t"] == "cancel"] == [1]


def test_a_timeout_that_did_not_come_takes_its_timer_back(start: Start) -> None:
    spell = start("import asyncio\nasync with asyncio.timeout(5):\n    v = await Agent.execute(1)\nv")
    assert spell.run() == 1
    sleeps = [one["id"] for one in spell.log if one["t"] == "call" and one["op"] == "Async.sleep"]
    assert [one["id"] for one in spell.log if one["t"] == "cancel"] == sleeps


def test_a_task_that_never_waits_lets_the_kernel_have_a_turn(start: Start) -> None:
    spell = start("""
        import asyncio
        done = []
        await Events.subscribe("x", done.append)
        while not done:
            await asyncio.sleep(0)
        done
    """)
    spell.run_until_waiting()
    assert spell.calls("Async.sleep")[0] == [0.0]
    spell.feed({"t": "invoke", "id": 9, "fn": 1, "args": ["now"]})
    spell.advance()
    assert spell.result() == ["now"]


def test_tasks_that_are_left_are_cancelled_and_waited_for(start: Start, pending: object) -> None:
    spell = start(
        """
        import asyncio
        async def left():
            try:
                await Agent.list()
            finally:
                await Agent.execute("cleaned up")
        task = asyncio.create_task(left())
        await asyncio.sleep(0)
        "done"
        """
    )
    assert spell.run() == "done"
    assert spell.calls("Agent.execute") == [["cleaned up"]]


def test_async_all_race_settled(python: Python) -> None:
    source = """
        import asyncio
        async def after(ms, value):
            await Async.sleep(ms)
            return value
        async def fails():
            raise ValueError("no")
        settled = await Async.all_settled([after(1, 1), fails, 3])
        [
            await Async.all([after(20, "a"), lambda: after(10, "b"), "c"]),
            await Async.all({"x": after(1, 1)}),
            await Async.race([after(30, "slow"), after(10, "fast")]),
            [s.status for s in settled], str(settled[1].reason),
        ]
    """
    assert python(source) == [["a", "b", "c"], {"x": 1}, "fast", ["fulfilled", "rejected", "fulfilled"], "no"]


def test_async_all_cancels_the_others_when_one_fails(start: Start) -> None:
    spell = start("""
        async def fails():
            raise ValueError("no")
        try:
            await Async.all([Agent.list(), fails()])
        except ValueError as error:
            kind = str(error)
        kind
    """)
    assert spell.run() == "no"
    assert [one["t"] for one in spell.log if one["t"] == "cancel"] == ["cancel"]


def test_async_timeout_has_a_type_and_cancels(start: Start) -> None:
    spell = start("""
        try:
            await Async.timeout(Agent.list(), 50)
        except TimeoutError as error:
            told = [error.type, error.code, error.recoverable]
        told
    """)
    assert spell.run() == ["timeout", 4004, True]
    assert len([one for one in spell.log if one["t"] == "cancel"]) == 1


def test_async_retry_counts_attempts(start: Start) -> None:
    spell = start("""
        seen = []
        async def work(attempt):
            seen.append(attempt)
            if attempt < 3:
                raise ValueError("again")
            return "done"
        async def never():
            raise KeyError("x")
        try:
            await Async.with_retry(never, 1)
        except KeyError:
            seen.append("gave up")
        [await Async.retry(work, attempts=5, delay=10), seen]
    """)
    assert spell.run() == ["done", ["gave up", 1, 2, 3]]
    assert spell.calls("Async.sleep") == [[10.0], [20.0]]


def test_async_schedule_fires_and_ends_with_the_run(start: Start) -> None:
    spell = start("""
        fired = []
        Async.schedule(10, lambda: fired.append(1))
        Async.schedule(1000, lambda: fired.append(2))
        await Async.sleep(50)
        fired
    """)
    assert spell.run() == [1]
    assert spell.now == 50


def test_async_with_resource_and_yield(python: Python) -> None:
    source = """
        seen = []
        class Door:
            async def open(self): seen.append("open"); return self
            async def close(self): seen.append("close")
        try:
            await Async.with_resource(Door(), lambda door: 1 / 0)
        except ZeroDivisionError:
            pass
        await Async.yield_()
        await Async.yield_until(lambda: seen, timeout=100)
        seen
    """
    assert python(source) == ["open", "close"]


def test_a_stream_is_read_with_credit_and_closed(start: Start) -> None:
    spell = start(
        """
        agent = await Agent.new()
        found = []
        async with agent.stream("x") as parts:
            async for part in parts:
                found.append(part.n)
                if part.n == 2:
                    break
        found
        """,
        {"agent.stream": lambda *_: {"$s": 4}},
    )
    spell.run_until_waiting()
    assert [one["n"] for one in spell.log if one["t"] == "credit"] == [8]
    for number in (1, 2):
        spell.feed({"t": "item", "s": 4, "value": {"n": number}})
    assert spell.result() == [1, 2]
    assert [one["s"] for one in spell.log if one["t"] == "release"] == [[4]]


def test_a_stream_ends_or_fails_at_the_loop(start: Start) -> None:
    source = """
        agent = await Agent.new()
        found = []
        try:
            async for part in agent.stream("x"):
                found.append(part)
        except ProviderError as error:
            found.append(error.type)
        found
    """
    for end, expected in (({"done": True}, [1]), ({"error": {"type": "overloaded", "code": 7004}}, [1, "overloaded"])):
        spell = start(source, {"agent.stream": lambda *_: {"$s": 4}})
        spell.run_until_waiting()
        spell.feed({"t": "item", "s": 4, "value": 1})
        spell.feed({"t": "item", "s": 4, **end})
        assert spell.result() == expected


def test_a_dropped_stream_is_closed(start: Start) -> None:
    spell = start(
        "agent = await Agent.new()\ns = await agent.stream('x')\ndel s\nawait Agent.execute(1)",
        {"agent.stream": lambda *_: {"$s": 4}},
    )
    assert spell.run() == 1
    assert [one["s"] for one in spell.log if one["t"] == "release"] == [[4]]


def test_cancelling_an_invoke_raises_where_it_waits(start: Start) -> None:
    spell = start("""
        async def f():
            try:
                await Agent.list()
            except BaseException as error:
                print(type(error).__name__)
                raise
        await Events.subscribe("x", f)
        await Agent.list()
    """)
    spell.run_until_waiting()
    spell.feed({"t": "invoke", "id": 9, "fn": 1, "args": []})
    spell.feed({"t": "cancel", "id": 9})
    assert spell.returns[9]["error"]["type"] == "cancelled"
    assert spell.printed == ["CancelledError"]


def test_more_calls_than_allowed_are_refused(python: Python) -> None:
    source = """
        import asyncio
        tasks = [asyncio.ensure_future(Agent.list()) for _ in range(6)]
        await asyncio.sleep(0)
        [str(t.exception()) for t in tasks if t.done()]
    """
    assert python(source, limits={"calls": 4}) == ["more than 4 calls are outstanding"] * 2


def test_the_end_of_the_script_leaves_its_functions_alone(start: Start, pending: object) -> None:
    spell = start(
        """
        import asyncio
        async def handler(event):
            return await asyncio.gather(Agent.find(event), Agent.find(event))
        await Events.subscribe("x", handler)
        await Agent.list()
        "the end"
        """,
        {"Agent.find": lambda *_: pending},
    )
    spell.run_until_waiting()
    (waiting,) = (one["id"] for one in spell.log if one["t"] == "call" and one["op"] == "Agent.list")
    spell.feed({"t": "invoke", "id": 9, "fn": 1, "args": ["late"]})
    spell.feed({"t": "settle", "id": waiting, "ok": True, "value": None})
    assert spell.result() == "the end"
    for one in [one for one in spell.log if one["t"] == "call" and one["op"] == "Agent.find"]:
        spell.feed({"t": "settle", "id": one["id"], "ok": True, "value": one["in"]})
    assert spell.returns[9]["value"] == [9, 9]


def test_a_thousand_functions_come_and_go_without_growth(start: Start) -> None:
    spell = start(
        "for i in range(1000):\n    await Agent.execute(lambda: i)\nlen(params)", {"Agent.execute": lambda _: 1}
    )
    spell.run()
    spell.feed({"t": "release", "fn": list(range(1, 1001))})
    assert spell.machine._bridge._functions == {}
    assert spell.machine._bridge._numbers == {}
