"""Errors: what scripts see, what leaves a script, and that nothing of Python or the prelude shows."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]


def test_a_kernel_error_has_its_fields(js: Js) -> None:
    source = """
        try { await Agent.find({}) } catch (e) {
          return [e instanceof LlmspellError, e instanceof Error, e.name, e.message, e.code, e.type, e.recoverable,
                  e.suggestions, e.traceId, e.trace_id, e.retryAfter, e.where, String(e)] }"""
    message = "too many requests"
    assert js(source) == [
        True, True, "LlmspellError", message, 7003, "rate_limit", True, ["wait"], "abc123", "abc123", 30, "spell.js:2",
        f"LlmspellError: {message}",
    ]  # fmt: skip


@pytest.mark.parametrize("again", ["throw e", "return Promise.reject(e)", "await (async () => { throw e })()"])
def test_a_kernel_error_keeps_its_fields_after_a_rethrow(js: Js, again: str) -> None:
    error = js(f"try {{ await Agent.find({{}}) }} catch (e) {{ {again} }}")
    assert (error["type"], error["code"], error["trace_id"], error["suggestions"], error["retry_after"]) == (
        "rate_limit", 7003, "abc123", ["wait"], 30,
    )  # fmt: skip


def test_the_stack_of_a_kernel_error_is_where_the_script_called(js: Js) -> None:
    source = "async function ask() {\n  return await Agent.find({})\n}\nasync function main() {\n  await ask()\n}\nawait main()"
    error = js(source)
    assert error["where"] == "spell.js:2"
    assert error["stack"].splitlines()[:2] == ["spell.js:2: in ask", "spell.js:5: in main"]


def test_a_call_of_an_object_to_come_fails_where_the_script_made_it(js: Js) -> None:
    error = js("async function ask() {\n  return await Agent.new({}).getConfig()\n}\n\nawait ask()")
    assert (error["type"], error["where"]) == ("rate_limit", "spell.js:2")


def test_an_uncaught_error_names_file_line_and_stack(js: Js) -> None:
    error = js("function inner() {\n  throw new Error('boom')\n}\ninner()")
    assert error["message"] == "boom"
    assert error["where"] == "spell.js:2"
    assert error["stack"].splitlines() == ["spell.js:2: in inner", "spell.js:4: at top level"]
    assert (error["type"], error["code"]) == ("runtime", 4002)


def test_a_stack_after_an_await_names_the_callers(js: Js) -> None:
    source = (
        "async function a() {\n  await Agent.execute(1)\n  null.x\n}\nasync function b() {\n  await a()\n}\nawait b()"
    )
    error = js(source)
    assert error["message"] == "TypeError: Cannot read properties of null (reading 'x')"
    assert error["stack"].splitlines() == ["spell.js:3: in a", "spell.js:6: in b", "spell.js:8: at top level"]


def test_a_scripts_own_error_keeps_its_fields(js: Js) -> None:
    source = (
        "throw Object.assign(new RangeError('no'), {type: 'my_error', code: 17, recoverable: true, detail: [1, 2]})"
    )
    error = js(source)
    assert (error["type"], error["message"], error["code"], error["recoverable"]) == ("my", "RangeError: no", 17, True)
    assert error["value"]["detail"] == [1, 2]
    assert error["where"] == "spell.js:1"


def test_an_object_thrown_keeps_its_fields(js: Js) -> None:
    error = js("throw {type: 'my_error', message: 'no', detail: [1, 2]}")
    assert (error["type"], error["message"], error["value"]["detail"]) == ("my", "no", [1, 2])


def test_an_llmspell_error_of_the_scripts_own(js: Js) -> None:
    error = js("throw new LlmspellError('no', {type: 'validation', code: 2002, suggestions: ['yes'], cause: 1})")
    assert (error["type"], error["code"], error["suggestions"], error["message"]) == ("validation", 2002, ["yes"], "no")


@pytest.mark.parametrize(
    ("thrown", "message"),
    [
        ("null", "the script threw null"),
        ("undefined", "the script threw undefined"),
        ("42", "42"),
        ("true", "true"),
        ("'text'", "text"),
        ("10n", "10"),
        ("Symbol('s')", "Symbol(s)"),
        ("{}", "the script threw an object without a message"),
        ("() => {}", "the script threw an object without a message"),
        ("'\\ud800'", "an error whose text cannot cross"),
        ("Object.create(null)", "the script threw an object without a message"),
        ("new Proxy({}, {get() { throw 1 }})", "the script threw an object without a message"),
    ],
)
def test_any_value_can_be_thrown(js: Js, thrown: str, message: str) -> None:
    assert js(f"throw {thrown}")["message"] == message


def test_a_string_thrown_stays_a_string(js: Js) -> None:
    assert js("try { throw 'plain' } catch (e) { return e }") == "plain"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("const x = = 2", 1),
        ("const x = 1\nconst y = ;", 2),
        ("const a = 1\nawait 5 6", 2),
        ("#!/usr/bin/env llmspell-js\nconst x = = 2", 2),
        ("import { Agent } from 'llmspell'\nconst x = = 2", 2),
        ("function f() {\n", 2),
        ("})\nconsole.log(1);(() => {", 1),
        ("let a\nlet a", 2),
        ("return 5 })(); (() => { ", 1),
    ],
)
def test_a_syntax_error_names_file_and_line(js: Js, source: str, line: int) -> None:
    error = js(source)
    assert (error["type"], error["code"], error["where"]) == ("syntax", 4001, f"spell.js:{line}")


@pytest.mark.parametrize(
    "first", ["#!/usr/bin/env llmspell-js", "import { Agent } from 'llmspell'", "'use strict'", ""]
)
def test_the_first_line_does_not_shift_lines(js: Js, first: str) -> None:
    assert js(f"{first}\n\nthrow new Error('x')")["where"] == "spell.js:3"


def test_a_file_name_with_spaces_is_told_as_it_is(js: Js) -> None:
    assert js("\nnull.x", name="my spells/a b.js")["where"] == "my spells/a b.js:2"


@pytest.mark.parametrize(
    "value",
    [
        "undefined", "null", "42", "true", "console.log", "{}", "Symbol('x')", "10n", "Object.create(null)",
        "new Proxy({}, {get() { throw 1 }})", "{type: 5, message: {}, code: {}, suggestions: 'x', recoverable: 'yes'}",
        "new Error()", "new (class extends Error { get message() { throw 1 } })()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["parse", "parseError", "parse_error"])
def test_parse_never_throws(js: Js, name: str, value: str) -> None:
    source = f"const e = ErrorHandler.{name}({value}); return [typeof e.type, typeof e.message, typeof e.recoverable, Array.isArray(e.suggestions), e.category === e.type]"
    assert js(source) == ["string", "string", "boolean", True, True]


def test_parse_drops_the_error_suffix(js: Js) -> None:
    assert js("return ErrorHandler.parse({type: 'validation_error', message: 'm'}).type") == "validation"


def test_an_error_in_a_callback_goes_to_its_caller(start: Callable[..., Any]) -> None:
    spell = start(
        "Events.subscribe('e', () => { throw new Error('in the handler') }); await Async.sleep(5); return 'fine'"
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["error"]["message"] == "in the handler"
    assert spell.result() == "fine"


def test_a_rejection_in_a_callback_goes_to_its_caller(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', async () => { await Agent.find() }); await Async.sleep(5); return 'fine'")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["error"]["type"] == "rate_limit"
    assert spell.result() == "fine"


UNHANDLED = {
    "async function": "async function f() { throw new Error('lost') }\nf()",
    "after an await": "async function f() { await Agent.execute(1); throw new Error('lost') }\nf()",
    "async arrow": "[1].forEach(async (x) => { throw new Error('lost') })",
    "arrow that gives a promise": "const g = async () => { throw new Error('lost') }\nconst f = async () => g()\nf()",
    "returned": "const g = async () => { throw new Error('lost') }\nasync function f() { return g() }\nf()",
    "then": "Promise.resolve(1).then(() => { throw new Error('lost') })",
    "then without catch": "(async () => { throw new Error('lost') })().then(() => {})",
    "catch that throws": "Promise.reject(1).catch(() => { throw new Error('lost') })",
    "finally": "(async () => { throw new Error('lost') })().finally(() => {})",
    "reject": "Promise.reject(new Error('lost'))",
    "new Promise": "new Promise((_, reject) => reject(new Error('lost')))",
    "new Promise that throws": "new Promise(() => { throw new Error('lost') })",
    "new Promise, later": "new Promise((_, reject) => setTimeout(() => reject(new Error('lost')), 1))",
    "all": "Promise.all([Promise.reject(new Error('lost'))])",
    "call": "Agent.execute(() => {}, Symbol.iterator).catch(() => { throw new Error('lost') })",
    "timer": "setTimeout(() => { throw new Error('lost') }, 1)",
    "async timer": "setTimeout(async () => { throw new Error('lost') }, 1)",
    "microtask": "queueMicrotask(() => { throw new Error('lost') })",
    "kept and never awaited": "const kept = (async () => { throw new Error('lost') })()",
}


@pytest.mark.parametrize("source", UNHANDLED.values(), ids=UNHANDLED)
def test_a_rejection_nobody_handles_fails_the_spell(js: Js, source: str) -> None:
    error = js(f"{source}\nawait Async.sleep(50)\nreturn 'not reached'")
    assert error["message"] == "lost"
    assert error["suggestions"] == ["await the promise that was rejected, or add .catch(...) to it"]


def test_a_call_nobody_awaits_fails_the_spell_too(js: Js) -> None:
    error = js("Agent.find({})\nawait Async.sleep(50)")
    assert (error["type"], error["where"]) == ("rate_limit", "spell.js:1")


HANDLED = {
    "await": "try { await bad() } catch {}",
    "catch": "bad().catch(() => {})",
    "then": "bad().then(undefined, () => {})",
    "all": "try { await Promise.all([bad(), 1]) } catch {}",
    "allSettled": "await Promise.allSettled([bad(), bad()])",
    "race": "try { await Promise.race([bad(), 1]) } catch {}",
    "race loser": "await Promise.race([1, bad()])",
    "any": "await Promise.any([bad(), 1])",
    "returned": "async function f() { return bad() } try { await f() } catch {}",
    "returned inside try": "async function f() { try { return bad() } finally {} } try { await f() } catch {}",
    "new Promise": "await new Promise((resolve) => bad().catch(resolve))",
    "new Promise that rejects": "try { await new Promise((_, reject) => reject(1)) } catch {}",
    "new Promise in a race": "await Promise.race([1, new Promise((_, reject) => reject(1))])",
    "another Promise": "await (async () => { class Promise { x = 1 } return new Promise().x })()",
    "resolved with": "try { await new Promise((resolve) => resolve(bad())) } catch {}",
    "generator": "async function* g() { yield 1; await bad() } try { for await (const x of g()) {} } catch {}",
    "generator that catches": "async function* g() { try { yield bad() } catch { yield 2 } } for await (const x of g()) {}",
    "delegated": "async function* h() { await bad() } async function* g() { try { yield* h() } catch { yield 2 } } for await (const x of g()) {}",
    "list of promises": "try { for await (const x of [bad()]) {} } catch {}",
    "Async.allSettled": "await Async.allSettled([bad, bad()])",
    "Async.race": "await Async.race([1, bad])",
    "retry": "await Async.retry(async (n) => { if (n < 3) await bad(); return n }, 5)",
    "twice": "const p = bad(); try { await p } catch {} try { await p } catch {}",
    "callback": "await Agent.execute(async () => { await bad() })",
    "nested": "async function f() { try { await bad() } catch (e) { throw new Error('other', {cause: e}) } } await f().catch(() => {})",
}


@pytest.mark.parametrize("source", HANDLED.values(), ids=HANDLED)
def test_a_rejection_that_is_handled_is_none_of_our_business(js: Js, source: str) -> None:
    assert (
        js(f"async function bad() {{ throw new Error('handled') }}\n{source}\nawait Async.sleep(1)\nreturn 'fine'")
        == "fine"
    )


def test_a_rejection_after_the_end_is_logged(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', () => { Promise.reject(new Error('late')); return 1 })")
    spell.run()
    assert spell.invoke(1)["value"] == 1
    assert spell.posts("Log.error") == [["a rejected promise was not handled: late"]]


def test_a_promise_that_nobody_can_resolve_is_told(js: Js) -> None:
    error = js("await new Promise(() => {})")
    assert error["message"] == "the spell waits for what cannot come"


@pytest.mark.parametrize(
    "source",
    [
        "throw new Error('x')",
        "await Agent.execute(Symbol())",
        "return 0/0",
        "const t = {}; t.t = t; return t",
        "null.x",
        "JSON.decode('{')",
        "await Async.all(5)",
        "require('nothing')",
        "const { chat } = await Agent.new({}); await chat('x')",
        "const a = await Agent.new({}); a.name = 1; a.chat = 1",
        "Agent.prototype.chat.call({})",
        "function f() { f() } f()",
        "try { await Agent.find() } catch (e) { return [e.stack, Object.keys(e)] }",
        "return new Error('x').stack",
        "return [Agent.execute.toString(), console.log.toString().slice(0, 20)]",
    ],
)
def test_no_python_and_no_prelude_shows_in_an_error(js: Js, source: str) -> None:
    text = str(js(source))
    for word in ("[llmspell]", ".py", "Traceback", "mini_racer", "llmspell-file", "sourceURL"):
        assert word not in text


def test_calling_a_method_without_its_object_is_explained(js: Js) -> None:
    error = js("const { chat } = await Agent.new({})\nawait chat('x')")
    assert error["message"] == "agent.chat was called without its object"
    assert error["where"] == "spell.js:2"
