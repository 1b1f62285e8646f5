"""Waiting: what awaits through what, Async.*, timers, and which call a piece of a script belongs to."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]

AWAITS_THROUGH = {
    "nested function": "const f = () => Agent.execute('x'); return await (async () => await f())()",
    "method of a class": "class C { async go() { return await Agent.execute('x') } } return new C().go()",
    "try": "try { return await Agent.execute('x') } catch {}",
    "catch branch": "try { throw 1 } catch { return await Agent.execute('x') }",
    "finally": "let r; try { } finally { r = await Agent.execute('x') } return r",
    "async generator": "async function* g() { yield await Agent.execute('x') } for await (const v of g()) return v",
    "iterator of promises": "for await (const v of [Agent.execute('x')]) return v",
    "then": "return Agent.execute('x').then((v) => v)",
    "thenable": "return await { then(resolve) { Agent.execute('x').then(resolve) } }",
    "destructuring": "const [a] = await Promise.all([Agent.execute('x')]); return a",
    "template": "return `${await Agent.execute('x')}`",
    "default parameter": "const f = async (a = Agent.execute('x')) => await a; return f()",
    "comma": "return (1, await Agent.execute('x'))",
    "await await": "return await await Agent.execute('x')",
    "await of parentheses": "return await (0, Agent.execute('x'))",
    "arrow that gives an object": "const f = async () => ({ v: await Agent.execute('x') }); return (await f()).v",
    "private method": "class C { async #p() { return Agent.execute('x') } go() { return this.#p() } } return new C().go()",
    "super": "class A { async go() { return Agent.execute('x') } } class B extends A { async go() { return super.go() } } return new B().go()",
    "arguments": "async function f() { return await Agent.execute(arguments[0]) } return f('x')",
    "directive": "async function f() { 'use strict'; return await Agent.execute('x') } return f()",
    "label": "out: for await (const a of [1]) { for (;;) { continue out } } return 'x'",
    "function below": "async function f() { return g(); function g() { return 'x' } } return f()",
    "eval": "return await eval(\"Agent.execute('x')\")",
    "Function": "return await new Function('A', \"return A.execute('x')\")(Agent)",
}


@pytest.mark.parametrize("source", AWAITS_THROUGH.values(), ids=AWAITS_THROUGH)
def test_a_call_awaits_through(js: Js, source: str) -> None:
    assert js(source) == "x"


def test_a_hundred_calls_in_a_row(js: Js) -> None:
    assert js("let sum = 0; for (let i = 1; i <= 100; i++) sum += await Agent.execute(i); return sum") == 5050


def test_a_floating_main_is_waited_for(start: Callable[..., Any]) -> None:
    spell = start("async function main() { await Async.sleep(10); console.log('done') }\nmain()")
    assert spell.run() is None
    assert spell.printed == ["done"]


@pytest.mark.parametrize(
    "source", ["return 1; export default 2", "export default 1", "return 1", "export default await Promise.resolve(1)"]
)
def test_the_result_is_what_is_returned_or_exported(js: Js, source: str) -> None:
    assert js(source) == 1


def test_all_runs_jobs_side_by_side_and_keeps_order(start: Callable[..., Any]) -> None:
    spell = start(
        "return Async.all(Array.from({length: 100}, (_, i) => async () => { await Async.sleep(100 - i); return i }))"
    )
    assert spell.run() == list(range(100))
    assert spell.now == 100


def test_promises_run_side_by_side(start: Callable[..., Any]) -> None:
    spell = start("const t = (ms) => Async.sleep(ms).then(() => ms); return Promise.all([t(50), t(20)])")
    assert spell.run() == [50, 20]
    assert spell.now == 50


def test_all_takes_functions_promises_values_and_names(js: Js) -> None:
    assert js("return Async.all([() => 1, Agent.execute(2), 3])") == [1, 2, 3]
    assert js("return Async.all({a: () => 1, b: Agent.execute(2)})") == {"a": 1, "b": 2}
    assert js("return Async.all([])") == []


def test_all_throws_the_first_error_and_cancels_the_rest(start: Callable[..., Any]) -> None:
    spell = start("""
        const late = async () => { await Async.sleep(1000); console.log('never') };
        const bad = async () => { await Async.sleep(10); throw new LlmspellError('bad', {type: 'mine'}) };
        try { await Async.all([late, bad]) } catch (e) { return e.message }""")
    assert spell.run() == "bad"
    assert spell.printed == []
    assert [one["id"] for one in spell.log if one["t"] == "cancel"] == [1]


def test_race_gives_the_first_and_cancels_the_loser(start: Callable[..., Any]) -> None:
    spell = start("""
        const job = (ms, name) => async () => { await Async.sleep(ms); console.log(name); return name };
        return Async.race([job(50, 'slow'), job(5, 'fast')])""")
    assert spell.run() == "fast"
    assert (spell.printed, spell.now) == (["fast"], 5)


def test_the_loser_of_promise_race_is_harmless(js: Js) -> None:
    source = "const late = (ms, v) => new Promise((r, j) => setTimeout(() => v ? r(v) : j(new Error('late')), ms)); return Promise.race([late(5, 'fast'), late(50)])"
    assert js(source) == "fast"


@pytest.mark.parametrize("name", ["all_settled", "allSettled"])
def test_all_settled_reports_each(js: Js, name: str) -> None:
    assert js(f"return Async.{name}([() => 1, () => {{ throw 'no' }}, 3])") == [
        {"status": "fulfilled", "value": 1},
        {"status": "rejected", "reason": "no"},
        {"status": "fulfilled", "value": 3},
    ]


@pytest.mark.parametrize("name", ["timeout", "with_timeout", "withTimeout"])
@pytest.mark.parametrize("job", ["async () => await Agent.list()", "Agent.list()", "() => Agent.list()"])
@pytest.mark.parametrize("time", ["20", "'20ms'"])
def test_timeout_throws_type_timeout_and_cancels_the_call(
    start: Callable[..., Any], name: str, job: str, time: str
) -> None:
    spell = start(
        f"try {{ await Async.{name}({job}, {time}) }} catch (e) {{ return [e.type, e.code, e.recoverable, e.where] }}"
    )
    assert spell.run() == ["timeout", 4004, True, "spell.js:1"]
    call = next(one["id"] for one in spell.log if one.get("op") == "Agent.list")
    assert [one["id"] for one in spell.log if one["t"] == "cancel"] == [call]


def test_timeout_gives_the_result_in_time(start: Callable[..., Any]) -> None:
    spell = start("return Async.timeout(() => Agent.execute('x'), 20)")
    assert spell.run() == "x"
    assert spell.now == 0


def test_what_a_timed_out_job_goes_on_to_call_is_refused(start: Callable[..., Any]) -> None:
    spell = start("""
        const seen = [];
        const job = async () => {
          try { await Agent.list() } catch (e) { seen.push(e.type) }
          try { await Agent.execute('more') } catch (e) { seen.push(e.type) }
        };
        await Async.timeout(job, 5).catch(() => {});
        await Async.sleep(1);
        return seen""")
    assert spell.run() == ["cancelled", "cancelled"]
    assert spell.calls("Agent.execute") == []


def test_retry_counts_attempts_and_gives_the_number(js: Js) -> None:
    source = "const seen = []; const v = await Async.retry(async (n) => { seen.push(n); if (n < 3) throw 'again'; return 'ok' }, {attempts: 5, delay: 10}); return [v, seen]"
    assert js(source) == ["ok", [1, 2, 3]]


def test_retry_waits_longer_each_time_up_to_a_bound(start: Callable[..., Any]) -> None:
    spell = start(
        "await Async.retry(() => { throw 'x' }, {attempts: 5, delay: 10, backoff: 3, maxDelay: 50}).catch(() => {})"
    )
    spell.run()
    assert spell.calls("Async.sleep") == [[10], [30], [50], [50]]


def test_retry_throws_the_last_error_and_may_be_asked_to_stop(js: Js) -> None:
    assert js("await Async.retry((n) => { throw `try ${n}` }, 2)")["message"] == "try 2"
    assert (
        js("await Async.retry((n) => { throw `try ${n}` }, {attempts: 9, shouldRetry: (e, n) => n < 2})")["message"]
        == "try 2"
    )


def test_with_retry_counts_after_the_first(js: Js) -> None:
    assert js("let n = 0; await Async.withRetry(() => { n += 1; throw 'x' }, 2).catch(() => {}); return n") == 3


def test_with_resource_releases_whatever_happens(js: Js) -> None:
    source = """
        const log = [];
        const resource = { acquire() { log.push('open'); return 'held' }, async release() { log.push('closed') } };
        const v = await Async.withResource(resource, async (r) => { log.push(r); return Agent.execute('result') });
        await Async.with_resource(resource, () => { throw 'x' }).catch(() => {});
        return [...log, v]"""
    assert js(source) == ["open", "held", "closed", "open", "closed", "result"]


def test_yield_for_and_yield_until(start: Callable[..., Any]) -> None:
    spell = start("""
        let n = 0;
        await Async.yieldFor(7); await Async.yield();
        await Async.yieldUntil(() => ++n === 3, {interval: 10});
        return n""")
    assert spell.run() == 3
    assert spell.calls("Async.sleep") == [[7], [0], [10], [10]]


def test_schedule_fires_while_the_spell_runs_and_is_cancelled_at_its_end(start: Callable[..., Any]) -> None:
    spell = start(
        "let v = 0; Async.schedule(10, () => { v = 5 }); Async.schedule(1000, () => console.log('never')); await Async.sleep(20); return v"
    )
    assert spell.run() == 5
    assert (spell.printed, spell.now) == ([], 20)


def test_a_scheduled_function_that_runs_is_waited_for(start: Callable[..., Any]) -> None:
    spell = start("Async.schedule(5, async () => { await Async.sleep(50); console.log('ran') }); await Async.sleep(10)")
    spell.run()
    assert spell.printed == ["ran"]


def test_a_scheduled_function_can_be_cancelled_and_its_failure_is_logged(start: Callable[..., Any]) -> None:
    spell = start(
        "Async.schedule(5, () => console.log('no')).cancel(); Async.schedule(1, () => { throw new Error('oops') }); await Async.sleep(10)"
    )
    spell.run()
    assert spell.printed == []
    assert spell.posts("Log.error") == [
        ["a scheduled function failed: oops", {"type": "runtime", "where": "spell.js:1"}]
    ]


# -- timers of the language ------------------------------------------------------------------------------------------------


def test_a_timer_keeps_the_spell_running_and_gets_its_arguments(start: Callable[..., Any]) -> None:
    spell = start(
        "setTimeout((a, b) => console.log(a, b), 30, 1, 'x'); setTimeout(() => console.log('soon')); console.log('now')"
    )
    spell.run()
    assert spell.printed == ["now", "soon", "1 x"]


@pytest.mark.parametrize("delay", ["Infinity", "-Infinity", "NaN", "'x'", "-5", "1e12", "undefined", "null"])
def test_a_strange_delay_is_a_short_one(start: Callable[..., Any], delay: str) -> None:
    spell = start(f"setTimeout(() => console.log('ran'), {delay})")
    spell.run()
    assert (spell.printed, spell.now <= 1) == (["ran"], True)


@pytest.mark.parametrize(
    "call", ["Async.yieldFor(Infinity)", "Async.timeout(1, NaN)", "Async.schedule(-1, print)", "Async.retry(print, 0)"]
)
def test_a_duration_that_is_none_is_refused(js: Js, call: str) -> None:
    assert js(f"await {call}")["type"] == "validation"


def test_a_timer_can_be_cleared(start: Callable[..., Any]) -> None:
    spell = start(
        "const t = setTimeout(() => console.log('no'), 30); clearTimeout(t); clearTimeout(t); clearTimeout(undefined)"
    )
    spell.run()
    assert (spell.printed, spell.now) == ([], 0)


def test_an_interval_runs_until_it_is_cleared(start: Callable[..., Any]) -> None:
    spell = start(
        "let n = 0; const t = setInterval(() => { n += 1; console.log(n); if (n === 3) clearInterval(t) }, 10)"
    )
    spell.run()
    assert (spell.printed, spell.now) == (["1", "2", "3"], 30)


def test_microtasks_run_before_timers(start: Callable[..., Any]) -> None:
    spell = start("setTimeout(() => console.log(3), 0); queueMicrotask(() => console.log(2)); console.log(1)")
    spell.run()
    assert spell.printed == ["1", "2", "3"]


# -- limits and ends -------------------------------------------------------------------------------------------------------


def test_too_many_outstanding_calls_are_refused(start: Callable[..., Any]) -> None:
    spell = start("await Async.all(Array.from({length: 11}, () => () => Agent.list()))", limits={"calls": 10})
    assert spell.run()["code"] == 4009


def test_cancel_of_the_main_invoke_ends_the_run(start: Callable[..., Any]) -> None:
    spell = start("setTimeout(print, 9); try { await Agent.list() } finally { console.log('not reached') }")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    spell.feed({"t": "cancel", "id": 1})
    assert spell.result()["type"] == "cancelled"
    assert sorted(one["id"] for one in spell.log if one["t"] == "cancel") == [1, 2]


def test_cancel_of_a_callback_ends_its_calls(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', async () => { await Agent.list() }); await Async.sleep(5); return 'fine'")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    spell.feed({"t": "invoke", "id": 7, "fn": 1, "args": []})
    spell.feed({"t": "cancel", "id": 7})
    assert spell.returns[7]["error"]["type"] == "cancelled"
    spell.advance()
    assert spell.result() == "fine"


def test_two_invokes_interleave_and_finish_in_reverse(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', async (ms) => { await Async.sleep(ms); return ms }); await Agent.list()")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    spell.feed({"t": "invoke", "id": 2, "fn": 1, "args": [50]})
    spell.feed({"t": "invoke", "id": 3, "fn": 1, "args": [5]})
    spell.advance()
    assert list(spell.returns) == [3, 2]


# -- which call a piece of a script belongs to -----------------------------------------------------------------------------

BELONGS = {
    "direct": "Agent.execute('here')",
    "after an await": "await Async.sleep(5); Agent.execute('here')",
    "after a call of the spell's own": "await shared; Agent.execute('here')",
    "in a catch": "try { await Agent.find() } catch { Agent.execute('here') }",
    "in a finally": "try { await Async.sleep(1) } finally { Agent.execute('here') }",
    "in a then": "await Async.sleep(1).then(() => Agent.execute('here'))",
    "in a catch handler": "await Agent.find().catch(() => Agent.execute('here'))",
    "in an inner function": "const f = async () => { await shared; await Agent.execute('here') }; await f()",
    "in a timer": "setTimeout(() => Agent.execute('here'), 5)",
    "in an async timer": "setTimeout(async () => { await shared; Agent.execute('here') }, 5)",
    "in a microtask": "queueMicrotask(() => Agent.execute('here'))",
    "in a job": "await Async.all([async () => { await Async.sleep(2); Agent.execute('here') }])",
    "in a scheduled job": "Async.schedule(2, () => { Agent.execute('here') }); await Async.sleep(9)",
    "in a retry": "await Async.retry(async (n) => { await shared; if (n < 2) throw 1; Agent.execute('here') }, 3)",
    "in a loop over a generator": "for await (const x of gen()) Agent.execute('here')",
    "after a loop that was left": "for await (const x of gen()) break; Agent.execute('here')",
    "in a generator": "async function* g() { await shared; Agent.execute('here'); yield 1 } for await (const x of g()) {}",
    "after promises of all": "await Promise.all([Async.sleep(1), shared]); Agent.execute('here')",
    "after a thenable": "await { then: (r) => shared.then(r) }; Agent.execute('here')",
    "a constructor": "const t = new HttpTool(); await t.execute({}); Agent.execute('here')",
}


@pytest.mark.parametrize("body", BELONGS.values(), ids=BELONGS)
def test_a_call_names_the_function_it_was_made_in(start: Callable[..., Any], body: str) -> None:
    source = f"""
        let open;
        const shared = new Promise((resolve) => {{ open = resolve }});
        async function* gen() {{ await shared; yield 1; await Async.sleep(1); yield 2 }}
        Events.subscribe('e', async () => {{ {body} }});
        await Async.sleep(1000);
        open();
        await Async.sleep(1);
        Agent.execute('main');
        await Async.sleep(1000)"""
    spell = start(source)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    spell.feed({"t": "invoke", "id": 7, "fn": 1, "args": []})
    spell.advance()
    found = [(one["args"][0], one.get("in")) for one in spell.log if one.get("op") == "Agent.execute"]
    assert set(found) == {("main", None), ("here", 7)}, spell.returns
