"""The walls: what a script cannot reach, and scripts that do their worst."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]

FORBIDDEN = (
    "WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry", "process.binding", "Deno", "fetch", "XMLHttpRequest",
    "importScripts", "Worker", "gc", "load", "read", "quit", "d8", "__timer_manager", "$llm", "P", "globalThis.require", "ShadowRealm",
    "globalThis.module",
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("through", ["{}", "new Function('return typeof {0} === \"undefined\" ? undefined : {0}')()"])
def test_a_forbidden_name_is_absent(js: Js, name: str, through: str) -> None:
    if name == "$llm" and through == "{}":
        pytest.skip("the wrapper's own parameter: the functions that await and import go through")
    assert js(f"try {{ return typeof ({through.format(name)}) }} catch {{ return 'undefined' }}") == "undefined"


def test_no_name_leads_to_the_door(js: Js) -> None:
    source = "return Object.getOwnPropertyNames(globalThis).concat(Object.getOwnPropertySymbols(globalThis).map(String)).filter((n) => /llm|door|feed|drain/i.test(n))"
    assert js(source) == ["LlmspellError"]


def test_nothing_in_reach_leads_to_the_prelude(js: Js) -> None:
    """Walk everything a script can reach: no object holds the prelude's own, which has a door."""
    source = """
        const seen = new Set(); const found = []; const names = ['postOutput', 'nativeThen', 'kernelError', 'drain'];
        const stack = [[globalThis, 'globalThis'], [await Agent.new({}), 'agent'], [Agent.execute(1), 'call'], [(function () { return arguments })(), 'arguments']];
        while (stack.length) {
          const [value, path] = stack.pop();
          if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
          if (value === Tools) continue;
          seen.add(value);
          for (const name of names) if (Object.hasOwn(value, name)) found.push(path + '.' + name);
          stack.push([Object.getPrototypeOf(value), path + '.__proto__']);
          for (const key of Reflect.ownKeys(value)) {
            const about = Object.getOwnPropertyDescriptor(value, key);
            for (const part of ['value', 'get', 'set']) stack.push([about[part], path + '.' + String(key)]);
          }
        }
        return [found, seen.size > 500]"""
    assert js(source) == [[], True]


@pytest.mark.parametrize(
    "forged",
    [
        "{ context: { text: ',\"in\":9' }, ok: true }",
        "Object.create(Object.getPrototypeOf(await $llm.wait(1)))",
        "new Proxy(await $llm.wait(1), {})",
    ],
)
def test_what_a_call_belongs_to_cannot_be_forged(js: Js, forged: str) -> None:
    assert js(f"const forged = {forged}; $llm.got(forged)")["message"].startswith("TypeError: ")


def test_frames_of_the_prelude_cannot_be_had(js: Js) -> None:
    source = """
        Error.prepareStackTrace = (error, sites) => sites.map((site) => [site.getFileName(), site.getThis(), site.getFunction()]);
        try { await Agent.execute(Symbol()) } catch (e) { return e.stack }"""
    assert (
        js(source)
        == "LlmspellError: Agent.execute argument 1: a symbol cannot cross out of a script\n    at spell.js:3"
    )
    assert js("function f() { return f.caller } return String(f())") is not None


POISON = """
const evil = () => { throw new Error('poison') };
const all = [];
for (const kind of [Array, Object, String, Map, Set, WeakMap, Promise, RegExp, Number, Date, Function, BigInt, Symbol, Reflect, JSON]) {
  for (const on of [kind.prototype ?? {}, kind]) for (const key of Reflect.ownKeys(on)) {
    const about = Reflect.getOwnPropertyDescriptor(on, key);
    if (!['constructor', 'prototype', '__proto__'].includes(key) && typeof about.value === 'function' && about.writable) all.push([on, key]);
  }
}
const steps = Object.getPrototypeOf([][Symbol.iterator]()); const mapSteps = Object.getPrototypeOf(new Map().keys());
all.push([steps, 'next'], [mapSteps, 'next']);
const count = all.length, define = Object.defineProperty;
for (let i = 0; i < count; i++) { const on = all[i][0], key = all[i][1]; on[key] = evil; }
"""


def test_poisoned_prototypes_do_not_reach_the_bridge(js: Js) -> None:
    source = (
        POISON
        + """
        globalThis.Promise = evil;
        define(Object.prototype, 'toJSON', { value: evil, configurable: true });
        const names = ['type', 'where', 'late', 'form', 'ok', 'context', 'code', 'cause', 'items', 'site', 'kind', 'id'];
        for (let i = 0; i < names.length; i++) define(Object.prototype, names[i], { get: evil, set: evil, configurable: true });
        console.log('still', 'here');
        const list = await Agent.execute([{ a: [1, 'x', 1.5], m: 5n }]);
        let caught; try { await Agent.find() } catch (e) { caught = e.type }
        const tool = new HttpTool({ b: 1 }); const done = await tool.execute([2]);
        return { list, caught, done }"""
    )
    value = js(source)
    assert value == {"list": [{"a": [1, "x", 1.5], "m": 5}], "caught": "rate_limit", "done": [9, [2]]}


def test_a_poisoned_run_still_loads_modules(js: Js) -> None:
    source = POISON + "return [(await import('./m.ts')).v, await Async.all([() => 1, 2])]"
    assert js(source, {"Module.load": lambda _: {"name": "m.ts", "source": "export const v: number = 3"}}) == [
        3,
        [1, 2],
    ]


def test_runs_share_nothing(js: Js) -> None:
    js("Array.prototype.leak = 'x'; globalThis.leak = 'x'; Object.leak = 'x'; Agent.leak = 'x'")
    assert js("return [typeof [].leak, typeof leak, typeof Object.leak, typeof Agent.leak]") == ["undefined"] * 4


def test_code_from_text_runs_in_the_same_walls(js: Js) -> None:
    source = "return [eval('1 + 1'), new Function('return typeof WebAssembly')(), (0, eval)('typeof require'), typeof (async () => {}).constructor('return 1')]"
    assert js(source) == [2, "undefined", "undefined", "function"]


HOSTILE_CPU = {
    "loop": "while (true);",
    "catch-all loop": "while (true) { try { while (true); } catch {} finally { continue } }",
    "microtasks": "(async () => { while (true) await null })(); await Agent.execute(1)",
    "thens": "const f = () => Promise.resolve().then(f); f()",
    "after a call": "await Agent.execute(1); while (true);",
    "pattern": "return /^(a+)+$/.test('a'.repeat(60) + 'b')",
    "sort": "[3, 1, 2].sort(() => { while (true); })",
    "replace": "'a'.replace(/a/, () => { while (true); })",
    "getter of a result": "return { get x() { while (true); } }",
    "toJSON of a result": "return new (class { toJSON() { while (true); } })()",
    "message of an error": "throw new (class extends Error { get message() { while (true); } })()",
    "proxy thrown": "throw new Proxy({}, { get() { while (true); } })",
    "toString in print": "console.log(new (class { get x() { return 1 } get [Symbol.toStringTag]() { while (true); } })(), { get y() { while (true); } }); while (true);",
    "generator": "function* g() { while (true) yield 1 } for (const x of g());",
    "big powers": "let x = 3n; while (true) x = x * x",
    "eval": "eval('while (true);')",
    "timer": "setTimeout(() => { while (true); }, 1)",
    "intervals": "setInterval(() => {}, 0); while (true) await Agent.execute(1)",
    "thenable": "await { then() { while (true); } }",
    "job": "await Async.all([async () => { while (true) { try { await null } catch {} } }])",
    "module text": "while (true) { try { await import('./m') } catch {} }",
}


@pytest.mark.parametrize("source", HOSTILE_CPU.values(), ids=HOSTILE_CPU)
def test_a_script_that_never_ends_is_stopped(start: Callable[..., Any], source: str) -> None:
    files = {"Module.load": lambda _: {"name": "m.js", "source": "while (true);"}}
    spell = start(f"console.log('before'); {source}", files, limits={"cpu": 0.2})
    error = spell.run()
    assert (error["type"], error["code"]) in {("timeout", 4004), ("memory_limit", 4005)}
    assert spell.machine.feed({"t": "invoke", "id": 9, "fn": 1, "args": []})[0]["ok"] is False


def test_what_was_printed_before_a_loop_is_told(start: Callable[..., Any]) -> None:
    spell = start("console.log('before'); while (true);", limits={"cpu": 0.1})
    spell.run()
    assert spell.printed == ["before"]


def test_a_callback_that_never_ends_is_stopped_and_ends_the_run(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', () => { while (true); }); await Agent.list()", limits={"cpu": 0.1})
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["error"]["code"] == 4004
    assert spell.result()["code"] == 4004


def test_time_spent_waiting_is_not_cpu_time(start: Callable[..., Any]) -> None:
    spell = start("for (let i = 0; i < 50; i++) await Async.sleep(1000); return 'fine'", limits={"cpu": 0.5})
    assert spell.run() == "fine"


HOSTILE_MEMORY = {
    "objects": "const a = []; while (true) a.push({ x: [1, 2, 3] })",
    "caught": "const a = []; while (true) { try { while (true) a.push({ x: [1] }) } catch {} }",
    "texts": "const a = []; while (true) a.push('x'.repeat(1e6) + a.length)",
    "arrays": "const a = []; while (true) a.push(new Array(1e5).fill(1.5))",
    "closures": "const a = []; while (true) a.push(() => a)",
    "in a microtask": "await null; const a = []; while (true) a.push({ x: [1, 2, 3] })",
    "in a then": "Promise.resolve().then(() => { const a = []; while (true) a.push({ x: [1, 2, 3] }) })",
    "maps": "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })",
    "promises": "const a = []; while (true) a.push(new Promise(() => {}))",
    "big integers": "const a = []; let x = 2n ** 100000n; while (true) a.push(x++)",
}


@pytest.mark.parametrize("source", HOSTILE_MEMORY.values(), ids=HOSTILE_MEMORY)
def test_a_script_that_eats_memory_is_stopped(start: Callable[..., Any], source: str) -> None:
    error = start(source, limits={"memory": 64 << 20, "cpu": 20}).run()
    assert error["code"] == 4005


def test_a_run_after_one_that_was_stopped_works(start: Callable[..., Any], js: Js) -> None:
    for limits in ({"cpu": 0.1}, {"memory": 48 << 20}):
        start("const a = []; while (true) a.push({ a })", limits=limits).run()
        assert js("return await Agent.execute(1)") == 1


@pytest.mark.parametrize("post", ["console.log(m)", "log.info(m)", "Log.print(m)", "info(m)", "console.error(m)"])
def test_an_output_flood_is_cut(start: Callable[..., Any], post: str) -> None:
    spell = start(
        f"const m = 'x'.repeat(1000); while (true) {{ try {{ {post} }} catch {{}} }}",
        limits={"output": 100_000, "cpu": 10},
    )
    assert spell.run()["code"] == 4009
    assert sum(map(len, spell.printed)) <= 100_000


def test_deep_recursion_is_an_error(js: Js) -> None:
    assert js("function f() { return 1 + f() } return f()")["message"] == "RangeError: Maximum call stack size exceeded"
    deep = "let t = {}; for (let i = 0; i < 1e5; i++) t = { t }; "
    assert js(deep + "return t")["type"] == "conversion"
    assert js(deep + "console.log(t); return 'fine'") == "fine"


def test_text_of_a_source_that_nests_too_deep_is_a_fault(js: Js) -> None:
    error = js("await 1; " + "(" * 20000 + ")" * 20000)
    assert error["type"] == "syntax"


def test_a_source_that_is_too_long_is_refused(js: Js) -> None:
    assert js("//" + "x" * (4 << 20))["code"] == 4009


@pytest.mark.parametrize("size", [200_001, 2**27])
def test_a_value_with_too_many_parts_is_refused_where_it_is_sent(js: Js, size: int) -> None:
    assert js(f"try {{ await Agent.execute(new Array({size})) }} catch (e) {{ return e.code }}") == 4009


def test_a_message_that_is_too_long_is_refused_where_it_is_sent(js: Js) -> None:
    source = "const at = (s) => Agent.execute(s).catch((e) => e.code); return [await at('x'.repeat(17 << 20)), await at('é'.repeat(9 << 20)), (await at('x'.repeat(1 << 20))).length]"
    assert js(source) == [4009, 4009, 1 << 20]


def test_a_host_may_ask_a_running_script_to_stop() -> None:
    wish: list[bool] = []
    machine = JavaScriptMachine()
    machine.stopping = lambda: bool(wish)
    machine.feed({"t": "hello", "v": 1, "api": "", "name": "s.js", "source": "while (true);", "limits": {"cpu": 20}})
    wish.append(True)
    (answer,) = machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert answer["error"]["type"] == "cancelled"
