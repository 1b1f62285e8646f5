"""The script API: namespaces, classes of handles, callbacks, streams, print and log."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]


def test_both_spellings_of_a_function_send_the_same_operation(start: Callable[..., Any]) -> None:
    spell = start("return [await Tools.getByCategory('web'), await Tools.get_by_category('data')]")
    assert spell.run() == ["web", "data"]
    assert spell.calls("Tools.get_by_category") == [["web"], ["data"]]


def test_both_spellings_of_a_method_send_the_same_operation(start: Callable[..., Any]) -> None:
    spell = start(
        "const a = await Agent.new({}); await a.getConfig(); await a.get_config()", {"agent.get_config": lambda *_: {}}
    )
    spell.run()
    assert spell.calls("agent.get_config") == [[{"$h": ["agent", 3]}]] * 2


def test_an_unknown_function_is_undefined(js: Js) -> None:
    assert js("return [typeof Agent.nonsense, typeof (await Agent.new({})).nonsense]") == ["undefined", "undefined"]


def test_an_unknown_name_of_a_wildcard_namespace_is_a_tool_fetched_once(start: Callable[..., Any]) -> None:
    spell = start("return [await Tools.webSearch.execute({a: 1}), Tools.webSearch === Tools.webSearch]")
    assert spell.run() == [[1, {"a": 1}], True]
    assert spell.calls("Tools.@get") == [["webSearch"]]


def test_a_namespace_is_no_thenable(start: Callable[..., Any]) -> None:
    spell = start("return [(await Tools) === Tools, typeof Tools.then, JSON.stringify([typeof Tools.toJSON])]")
    assert spell.run() == [True, "undefined", '["undefined"]']
    assert spell.calls("Tools.@get") == []


def test_a_name_with_the_suffix_is_a_constructor(start: Callable[..., Any]) -> None:
    spell = start("""
        const one = new HttpTool({url: 'u'});
        const two = await HttpTool.new({url: 'v'});
        return [one instanceof HttpTool, one instanceof Tool, await one.execute(1), two.name, typeof NothingTool.name]""")
    assert spell.run() == [True, True, [9, 1], "HttpTool", "string"]
    assert spell.calls("Tools.@construct") == [["HttpTool", {"url": "u"}], ["HttpTool", {"url": "v"}]]


@pytest.mark.parametrize("how", ["require('llmspell')", "await import('llmspell')"])
def test_a_constructor_can_be_imported(js: Js, how: str) -> None:
    assert js(f"const {{ HttpTool: Web, Agent: A }} = {how}; return [await new Web().execute(), A === Agent]") == [
        [9],
        True,
    ]


def test_an_object_can_be_used_before_the_kernel_has_made_it(start: Callable[..., Any]) -> None:
    spell = start("const a = new Agent({name: 'ada', tools: [new HttpTool(), Tools.get('x')]}); return a.chat('hi')")
    assert spell.run() == "you said hi"
    assert spell.calls("Agent.new") == [[{"name": "ada", "tools": [{"$h": ["tool", 9]}, {"$h": ["tool", 2]}]}]]


def test_methods_can_be_called_on_the_promise_that_a_method_gives(start: Callable[..., Any]) -> None:
    api = "N Agent new template\nH template create.\nH agent chat\nR template Agent.template\nR agent template.create"
    ops = {
        "Agent.template": lambda _: {"$h": ["template", 5], "$v": {}},
        "template.create": lambda _self, _config: {"$h": ["agent", 3], "$v": {}},
    }
    source = "const a = Agent.template('x').create({}); return [await a.chat('hi'), await Agent.template('y').create({}).chat(1)]"
    assert start(source, ops, api=api).run() == ["you said hi", "you said 1"]


def test_methods_can_be_called_on_the_promise_of_an_object(js: Js) -> None:
    assert js("return [await Tools.get('x').execute(1), await Agent.new({}).chat('hi')]") == [[2, 1], "you said hi"]


@pytest.mark.parametrize(
    ("use", "message", "hint"),
    [
        ("answer.value", "a call has no value before it is awaited", "write (await ...).value"),
        ("'text: ' + answer", "a call is no text and no number before it is awaited", "put `await` before the call"),
        ("`${answer}`", "a call is no text and no number before it is awaited", "put `await` before the call"),
    ],
)
@pytest.mark.parametrize("call", ["new Agent({}).chat('hi')", "Tools.get('x').execute(1)", "Agent.execute('a')"])
def test_an_answer_that_was_not_awaited_says_so(js: Js, call: str, use: str, message: str, hint: str) -> None:
    error = js(f"const answer = {call};\n{use};\nreturn 'nothing was said'")
    assert (error["message"], error["where"], error["suggestions"]) == (message, "spell.js:2", [hint])


def test_a_call_is_a_promise_all_the_same(js: Js) -> None:
    source = """
        const answer = new Agent({}).chat('hi');
        const kept = [answer instanceof Promise, JSON.stringify({answer}), String(Object.keys(answer)), 'x' in answer];
        return [...kept, await answer.then((text) => text.length).finally(() => 0), await Promise.all([answer, 1])]"""
    assert js(source) == [True, '{"answer":{}}', "", False, 11, ["you said hi", 1]]


def test_an_object_that_cannot_be_made_fails_at_its_use(js: Js) -> None:
    refuse = {"Agent.new": lambda *_: 1 / 0}
    with pytest.raises(ZeroDivisionError):
        js("new Agent({})", refuse)
    error = js("try { await new Agent({x: Symbol()}).chat('hi') } catch (e) { return e.message }")
    assert error == "Agent.new argument 1.x: a symbol cannot cross out of a script"


def test_a_class_may_extend_an_agent_or_a_tool(js: Js) -> None:
    source = """
        class Researcher extends Agent {
          topic = 'lua';
          constructor(options) { super({...options, model: 'm'}); }
          research() { return this.chat(this.topic); }
        }
        const r = new Researcher({name: 'ada'});
        return [await r.research(), r instanceof Researcher, r instanceof Agent, r.topic, r.name]"""
    assert js(source) == ["you said lua", True, True, "lua", "ada"]


def test_a_tool_written_as_a_class(start: Callable[..., Any]) -> None:
    spell = start(
        """
        class Greeter extends Tools.BaseTool {
          constructor() { super({name: 'greeter', parameters: {who: {type: 'string'}}}); this.hello = 'Hello'; }
          async execute({ who }) { return `${this.hello}, ${await Agent.execute(who)}`; }
        }
        await Tools.register(new Greeter()); await Async.sleep(5)""",
        {"Tools.register": lambda _: {"$h": ["tool", 5]}},
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    (given,) = spell.calls("Tools.register")[0]
    assert given == {"name": "greeter", "parameters": {"who": {"type": "string"}}, "execute": {"$fn": 1}}
    assert spell.invoke(1, {"who": "Ada"})["value"] == "Hello, Ada"


def test_a_handle_has_fields_methods_and_a_class(js: Js) -> None:
    source = (
        "const a = await Agent.new({}); return [a.name, await a.chat('hi'), `${a}`, Object.keys(a), a instanceof Agent]"
    )
    assert js(source) == ["ada", "you said hi", "agent#3", ["name", "model"], True]


def test_the_same_handle_is_the_same_object(js: Js) -> None:
    assert (
        js(
            "return (await Agent.new({})) === (await Agent.create({}))",
            {"Agent.create": lambda *_: {"$h": ["agent", 3]}},
        )
        is True
    )


def test_a_handle_crosses_as_itself(start: Callable[..., Any]) -> None:
    spell = start("await Agent.execute({agent: await Agent.new({})})")
    spell.run()
    assert spell.calls("Agent.execute") == [[{"agent": {"$h": ["agent", 3]}}]]


@pytest.mark.parametrize(
    "change",
    [
        "Agent.execute = 1",
        "Agent.prototype.chat = 1",
        "Tools.get = 1",
        "globalThis.Agent = 1",
        "JSON = 1; JSON.encode = 1",
    ],
)
def test_the_api_cannot_be_replaced(js: Js, change: str) -> None:
    source = f"try {{ {change} }} catch {{}} return [await Agent.execute(1), await (await Agent.new({{}})).chat('x'), await Tools.get('t').execute(2)]"
    assert js(source) == [1, "you said x", [2, 2]]


def test_a_function_keeps_its_number_and_is_freed_by_release(start: Callable[..., Any]) -> None:
    spell = start("""
        const f = () => 'f';
        await Events.subscribe('a', f); await Events.subscribe('b', f); await Events.subscribe('c', () => 'g');
        await Async.sleep(9)""")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert [args[1]["$fn"] for args in spell.calls("Events.subscribe")] == [1, 1, 2]
    spell.feed({"t": "release", "fn": [1]})
    assert spell.machine.feed({"t": "invoke", "id": 7, "fn": 1, "args": []})[0]["value"] == "f"
    spell.feed({"t": "release", "fn": [1, 2, 99]})
    assert spell.machine.feed({"t": "invoke", "id": 8, "fn": 1, "args": []})[0]["ok"] is False


def test_a_thousand_callbacks_leave_nothing_behind(start: Callable[..., Any]) -> None:
    spell = start("for (let i = 0; i < 1000; i++) await Agent.execute(() => {}); return 1")
    spell.ops["Agent.execute"] = lambda fn: spell.feed({"t": "release", "fn": [fn["$fn"]]}) and None
    assert spell.run() == 1
    assert spell.machine.feed({"t": "invoke", "id": 9, "fn": 1000, "args": []})[0]["ok"] is False


def test_a_function_the_kernel_sends_back_is_the_function(js: Js) -> None:
    assert js("const f = () => {}; return await Agent.execute(f) === f") is True


def test_a_callback_gets_its_arguments_and_may_wait(start: Callable[..., Any]) -> None:
    spell = start(
        "Events.subscribe('e', async (a, b, c, d) => [a, b, c, d, await Agent.execute('in')]); await Agent.list()"
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1, 1, "two", None, {"k": [4]})["value"] == [1, "two", None, {"k": [4]}, "in"]
    assert spell.invoke(1, None, 3.5, True, number=51)["value"] == [None, 3.5, True, None, "in"]


def test_a_callback_runs_while_a_call_of_the_spell_is_outstanding(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', async () => (await Agent.new({})).chat('again')); return await Agent.list()")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["value"] == "you said again"
    assert 1 not in spell.returns


def test_a_callback_still_answers_after_the_main_chunk(start: Callable[..., Any]) -> None:
    """The host decides when a run is over: handlers may have to see what was emitted before the last line."""
    spell = start("let n = 0; Events.subscribe('e', () => { n += 1; return n })")
    spell.run()
    assert [spell.invoke(1)["value"], spell.invoke(1)["value"]] == [1, 2]


def test_an_answer_nobody_waits_for_is_dropped(start: Callable[..., Any]) -> None:
    spell = start("return 1")
    spell.run()
    assert spell.feed({"t": "settle", "id": 99, "ok": True, "value": 1}) == []


# -- streams ---------------------------------------------------------------------------------------------------------------

STREAM = {"agent.stream": lambda *_: {"$s": 4}}


def items(spell: Any, *values: Any) -> None:
    for value in values:
        spell.feed({"t": "item", "s": 4, "value": value})


@pytest.mark.parametrize(
    "stream", ["new Agent({}).stream('x')", "await new Agent({}).stream('x')", "(await Agent.new({})).stream('x')"]
)
def test_a_loop_reads_a_stream_to_its_end(start: Callable[..., Any], stream: str) -> None:
    spell = start(f"const out = []; for await (const part of {stream}) out.push(part.text); return out", STREAM)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, {"text": "a"}, {"text": "b"})
    spell.feed({"t": "item", "s": 4, "done": True})
    assert spell.result() == ["a", "b"]
    assert next(one["n"] for one in spell.log if one["t"] == "credit") == 8


def test_credit_follows_what_the_script_has_read(start: Callable[..., Any]) -> None:
    spell = start("for await (const part of new Agent({}).stream('x'));", STREAM)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, *range(20))
    given = sum(one["n"] for one in spell.log if one["t"] == "credit")
    assert 20 < given <= 20 + 8


def test_leaving_the_loop_closes_the_stream(start: Callable[..., Any]) -> None:
    spell = start("for await (const part of new Agent({}).stream('x')) break; return 'left'", STREAM)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, 1, 2)
    assert spell.result() == "left"
    assert [one["s"] for one in spell.log if one["t"] == "release"] == [[4]]


def test_an_error_mid_stream_is_thrown_at_the_loop(start: Callable[..., Any]) -> None:
    source = "let n = 0; try { for await (const p of new Agent({}).stream('x')) n++ } catch (e) { return [n, e.type] }"
    spell = start(source, STREAM)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, 1)
    spell.feed({"t": "item", "s": 4, "error": {"type": "stream_interrupted", "message": "cut"}})
    assert spell.result() == [1, "stream_interrupted"]


def test_a_stream_has_next_and_close(start: Callable[..., Any]) -> None:
    spell = start(
        "const s = await new Agent({}).stream('x'); const a = await s.next(); s.close(); return [a, await s.next(), `${s}`]",
        STREAM,
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, "one", "two")
    assert spell.result() == [{"value": "one", "done": False}, {"done": True}, "stream#4"]


def test_iterating_over_what_is_no_stream_is_explained(js: Js) -> None:
    assert "gives no stream" in js("for await (const x of Agent.execute(1));")["message"]


# -- environment, output ---------------------------------------------------------------------------------------------------


def test_params_and_environment_values_are_globals(js: Js) -> None:
    source = "return [params.name, params.n + 1, ENGINE, SANDBOX_ENABLED]"
    assert js(source, params={"name": "Ada", "n": 4}) == ["Ada", 5, "javascript", True]


def test_log_in_all_its_forms(start: Callable[..., Any]) -> None:
    spell = start(
        "log('info', 'one', {a: 1}); log.warn('two'); info('three'); debug('four'); trace('five'); Log.error('six');"
        "console.error('seven', {b: 2}); console.warn('%s!', 'eight'); console.info(9); console.debug('ten'); console.assert(1 > 2, 'no')"
    )
    spell.run()
    assert [(one["op"], one["args"]) for one in spell.log if one["t"] == "post"] == [
        ("Log.info", ["one", {"a": 1}]), ("Log.warn", ["two"]), ("Log.info", ["three"]), ("Log.debug", ["four"]),
        ("Log.trace", ["five"]), ("Log.error", ["six"]), ("Log.error", ["seven { b: 2 }"]), ("Log.warn", ["eight!"]),
        ("Log.info", ["9"]), ("Log.debug", ["ten"]), ("Log.error", ["Assertion failed: no"]),
    ]  # fmt: skip


def test_an_unknown_log_level_is_an_error(js: Js) -> None:
    assert js("log('loud', 'x')")["type"] == "validation"


def test_groups_and_counts(start: Callable[..., Any]) -> None:
    spell = start(
        "console.group('g'); console.log('a\\nb'); console.count(); console.count(); console.groupEnd(); print('end', 1)"
    )
    spell.run()
    assert spell.printed == ["g", "  a\n  b", "  default: 1", "  default: 2", "end 1"]


def test_a_local_function_this_engine_lacks_fails_the_hello() -> None:
    machine = JavaScriptMachine()
    (out,) = machine.feed({"t": "hello", "v": 1, "api": "N Async nonsense=\n", "name": "x.js", "source": ""})
    assert out["ok"] is False
    assert "Async.nonsense" in out["error"]["message"]
    assert machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})[0]["ok"] is False


def test_structured_clone_copies(js: Js) -> None:
    source = "const a = {m: new Map([[1, {x: 1}]]), s: new Set([1]), d: new Date(5)}; a.self = a; const b = structuredClone(a); return [b.self === b, b.m.get(1).x, b.m !== a.m, +b.d, b.s.has(1)]"
    assert js(source) == [True, 1, True, 5, True]
