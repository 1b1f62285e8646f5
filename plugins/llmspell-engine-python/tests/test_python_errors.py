"""Errors: what a script catches, and what leaves it."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Python = Callable[..., Any]
    Start = Callable[..., Any]


def test_an_error_of_the_kernel_has_all_its_fields(python: Python) -> None:
    source = """
        try:
            await Agent.find()
        except ProviderError as error:
            caught = error
        [caught.type, caught.code, caught.message, str(caught), caught.recoverable, caught.suggestions,
         caught.trace_id, caught.retry_after, caught.where, caught.category, isinstance(caught, LlmspellError)]
    """
    told = ["rate_limit", 7003, "too many requests", "too many requests", True, ["wait"], "abc123", 30]
    assert python(source) == [*told, "spell.py:2", "rate_limit", True]


def test_the_same_fields_after_a_rethrow(python: Python) -> None:
    error = python("try:\n    await Agent.find()\nexcept LlmspellError:\n    raise")
    shown = {key: error[key] for key in ("type", "code", "message", "trace_id", "retry_after", "where")}
    assert shown == {
        "type": "rate_limit", "code": 7003, "message": "too many requests", "trace_id": "abc123", "retry_after": 30,
        "where": "spell.py:2",
    }  # fmt: skip


def test_an_uncaught_error_has_place_stack_and_cause(python: Python) -> None:
    error = python("""
        def inner():
            raise KeyError("deep")

        def outer():
            try:
                inner()
            except KeyError as cause:
                raise ValueError("boom") from cause

        outer()
    """)
    assert (error["type"], error["code"], error["message"]) == ("runtime", 4002, "ValueError: boom")
    assert error["where"] == "spell.py:8"
    assert error["stack"] == "spell.py:8: in outer\nspell.py:10: in main script"
    assert error["context"]["exception"] == "ValueError"
    assert error["context"]["cause"] == {"type": "runtime", "message": "KeyError: 'deep'", "where": "spell.py:2"}


def test_an_error_in_a_library_says_where_the_script_called_it(python: Python) -> None:
    error = python("import json\n\njson.loads('{')")
    assert error["where"] == "spell.py:3"
    assert "JSONDecodeError" in error["message"]


RAISED = {
    "own error": ("raise LlmspellError('no', type='quota', code=8001, suggestions=['pay'])", "quota", 8001, "no"),
    "own error with the long name": ("raise LlmspellError('no', type='timeout_error')", "timeout", None, "no"),
    "assert": ("assert 1 == 2, 'sums'", "runtime", 4002, "AssertionError: sums"),
    "timeout": ("raise TimeoutError('late')", "timeout", 4004, "TimeoutError: late"),
    "memory": ("raise MemoryError", "memory_limit", 4005, "MemoryError"),
    "no text": ("raise ValueError", "runtime", 4002, "ValueError"),
    "exit": ("import sys\nsys.exit(3)", "runtime", 4002, "the script exited with status 3"),
    "exit with text": ("raise SystemExit('enough')", "runtime", 4002, "enough"),
    "exit in a task": ("import asyncio, sys\nasync def f():\n    sys.exit(4)\nt = asyncio.create_task(f())\nawait Async.sleep(5)", "runtime", 4002, "the script exited with status 4"),
    "recursion": ("def f():\n    f()\nf()", "runtime", 4002, "RecursionError: maximum recursion depth exceeded"),
    "text fails": ("class E(Exception):\n    def __str__(self):\n        1 / 0\nraise E", "runtime", 4002, "E (its text failed with ZeroDivisionError)"),
    "one in a group": ("import asyncio\nasync def f():\n    raise ValueError('in')\nasync with asyncio.TaskGroup() as g:\n    g.create_task(f())", "runtime", 4002, "ValueError: in"),
    "several in a group": ("raise ExceptionGroup('both', [ValueError('a'), KeyError('b')])", "runtime", 4002, "both (2 sub-exceptions): ValueError: a; KeyError: 'b'"),
    "a result that cannot cross": ("object()", "conversion", 4101, "the returned value cannot cross out of a script: it is an object"),
    "a name that is not there": ("Agent.nwe()", "runtime", 4002, "AttributeError: Agent has no 'nwe'; did you mean 'new'?"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "kind", "code", "message"), RAISED.values(), ids=RAISED)
def test_what_is_raised_is_what_is_told(python: Python, source: str, kind: str, code: int | None, message: str) -> None:
    error = python(source)
    assert (error["type"], error["code"]) == (kind, code)
    assert error["message"].startswith(message)


def test_an_exception_of_the_script_keeps_what_it_carries(python: Python) -> None:
    source = """
        class Mine(Exception):
            def __init__(self, text, **more):
                super().__init__(text)
                vars(self).update(more)
        raise Mine("boom", kind="order", items=[1, 2], hidden=print, _own=1)
    """
    assert python(source)["value"] == {"kind": "order", "items": [1, 2]}
    assert "value" not in python("import json\njson.loads('nothing')")


@pytest.mark.parametrize("source", ["import sys\nsys.exit()", "raise SystemExit(0)"])
def test_a_clean_exit_is_no_error(python: Python, source: str) -> None:
    assert python(source) is None


SYNTAX = {
    "return": ("x = 1\nreturn x", 2, "last expression"),
    "await in a plain function": ("def f():\n    await x()", 2, "async def"),
    "not closed": ("f(\n", 1, None),
    "indentation": ("if 1:\nx", 2, None),
    "a NUL": ("x = '\0'", 1, None),
}


@pytest.mark.parametrize(("source", "line", "hint"), SYNTAX.values(), ids=SYNTAX)
def test_a_syntax_error_names_its_line(start: Start, source: str, line: int, hint: str | None) -> None:
    error = start(source).hello["error"]
    assert (error["type"], error["code"], error["where"]) == ("syntax", 4001, f"spell.py:{line}")
    assert hint is None or hint in error["suggestions"][0]


def test_a_shebang_and_a_byte_order_mark_shift_no_lines(python: Python) -> None:
    assert python("\ufeff#!/usr/bin/env llmspell-python\n1 / 0")["where"] == "spell.py:2"


def test_builtin_exceptions_catch_what_has_their_meaning(start: Start, failing: Any) -> None:
    source = """
        try:
            await Agent.find()
        except {} as error:
            kind = error.type
        kind
    """
    for name, kind in (
        ("TimeoutError", "timeout"),
        ("PermissionError", "permission_denied"),
        ("ValueError", "validation"),
    ):
        spell = start(source.format(name), {"Agent.find": failing({"type": kind, "code": 2002, "message": "no"})})
        assert spell.run() == kind


def test_error_handler_parse_reads_anything(python: Python) -> None:
    source = """
        found = []
        for one in (ValueError("x"), LlmspellError("y", type="own"), "text", None, 5, {"type": "z_error"}, {}, {"message": {}}):
            read = ErrorHandler.parse(one)
            found.append([read.type, read.category == read.type, isinstance(read.message, str)])
        found
    """
    kinds = ["runtime", "own", "runtime", "runtime", "runtime", "z", "runtime", "runtime"]
    assert python(source) == [[kind, True, True] for kind in kinds]


def test_a_task_nobody_waits_for_is_reported(start: Start) -> None:
    spell = start("""
        import asyncio
        async def fails():
            raise ValueError("unseen")
        asyncio.create_task(fails())
        await Async.sleep(1)
        1
    """)
    assert spell.run() == 1
    assert "unseen" in spell.posts("Log.error")[0][0]


def test_a_call_never_awaited_is_reported_with_its_place(start: Start) -> None:
    spell = start("x = 1\nAgent.execute(1)\nx")
    assert spell.run() == 1
    assert spell.posts("Log.warn") == [["Agent.execute was never awaited, so it did nothing (spell.py:2)"]]


def test_so_is_a_method_of_what_a_call_would_give(start: Start) -> None:
    spell = start("agent = Agent.new()\nagent.chat('x')\nstr(agent.chat)[:9], repr(agent.chat('y'))")
    assert spell.run() == ["<function", "<call of Agent.new(...).chat, not awaited>"]
    assert ["Agent.new(...).chat was never awaited, so it did nothing (spell.py:2)"] in spell.posts("Log.warn")


def test_a_tool_by_its_name_is_reported_as_it_was_written_and_once(start: Start) -> None:
    spell = start("Tools.calculator.execute(expression='1')\nrepr(Tools.web_search)")
    assert spell.run() == "<call of Tools.web_search, not awaited>"
    assert [text for (text,) in spell.posts("Log.warn")] == [
        "Tools.calculator.execute was never awaited, so it did nothing (spell.py:1)",
        "Tools.web_search was never awaited, so it did nothing (spell.py:2)",
    ]


def test_a_call_whose_argument_cannot_cross_was_awaited_all_the_same(start: Start) -> None:
    spell = start("try:\n    await Agent.execute(float('nan'))\nexcept LlmspellError as e:\n    kind = e.type\nkind")
    assert spell.run() == "conversion"
    assert spell.posts("Log.warn") == []


def test_a_call_on_what_another_will_give_was_awaited_once_it_is(start: Start) -> None:
    spell = start("await Tools.get('calculator').execute()")
    spell.run()
    assert spell.posts("Log.warn") == []
    spell = start("Tools.get('calculator').execute()\n1")
    spell.run()
    told = [text.partition(" was")[0] for (text,) in spell.posts("Log.warn")]
    assert told == ["Tools.get(...).execute"]


def test_an_error_of_a_callback_goes_to_its_caller(start: Start) -> None:
    spell = start(
        "async def f(x):\n    raise ValueError(x)\nawait Events.subscribe('e', f)\nawait Agent.list()\n'alive'"
    )
    spell.run_until_waiting()
    answer = spell.invoke(1, "bad")
    assert (answer["ok"], answer["error"]["message"], answer["error"]["where"]) == (
        False,
        "ValueError: bad",
        "spell.py:2",
    )
    assert spell.returns.keys() == {50}


def test_tracebacks_show_the_source(python: Python) -> None:
    text = python("import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    t = traceback.format_exc()\nt")
    assert '"spell.py", line 3' in text
    assert "1 / 0" in text


CALLS = {
    "a function": "await Agent.find()",
    "a method of what will come": "await Agent.new().chat('x')",
    "a getter": "await Tools.nothing",
    "a constructor": "await NothingTool()",
    "leaving a block": "async with Agent.new() as agent:\n    pass",
    "a sleep": "await Async.yield_until(lambda: False)",
}


@pytest.mark.parametrize("source", CALLS.values(), ids=CALLS)
def test_the_place_of_a_failed_call_is_the_script_s(python: Python, failing: Any, source: str) -> None:
    fail = failing({"type": "tool_execution", "code": 2003, "message": "no"})
    names = ("Agent.find", "agent.chat", "agent.close", "Tools.@get", "Tools.@construct", "Async.sleep")
    api = "N Agent new find\nN Tools *\nN Async sleep yield_until=\nH agent chat close\nG *Tool Tools tool"
    error = python(f"x = 1\n{source}", dict.fromkeys(names, fail), api=api)
    assert (error["type"], error["where"]) == ("tool_execution", "spell.py:2")
