"""import and require: the API by its names, files of the spell, types."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]


def modules(**sources: str) -> dict[str, Any]:
    """Serve files by their path; `a__b` stands for `a/b`."""
    files = {name.replace("__", "/"): text for name, text in sources.items()}

    def load(name: str) -> dict[str, str]:
        stem = name.removeprefix("./").removesuffix(".js").removesuffix(".mjs")
        for ending in ("js", "mjs", "cjs", "ts"):
            if f"{stem}_{ending}" in files:
                return {"name": f"{stem}.{ending}", "source": files[f"{stem}_{ending}"]}
        return {"name": f"{stem}.js", "source": files[stem]}

    return {"Module.load": load}


@pytest.mark.parametrize(
    "name",
    [
        "llmspell/agent",
        "llmspell.agent",
        "llmspell.Agent",
        "rs-llmspell/agent",
        "@llmspell/agent",
        "@rs/llmspell/agent",
    ],
)
def test_a_namespace_can_be_required(js: Js, name: str) -> None:
    assert js(f"return require('{name}') === Agent") is True


@pytest.mark.parametrize(
    ("name", "space"),
    [
        ("error_handler", "ErrorHandler"),
        ("errors", "ErrorHandler"),
        ("async", "Async"),
        ("error-handler", "ErrorHandler"),
    ],
)
def test_a_namespace_has_other_names(js: Js, name: str, space: str) -> None:
    assert js(f"return require('llmspell/{name}') === {space}") is True


@pytest.mark.parametrize("name", ["llmspell", "rs-llmspell", "@rs/llmspell"])
def test_the_whole_api_can_be_required_and_imported(js: Js, name: str) -> None:
    assert js(f"const {{ Agent: A, Tools: T }} = require('{name}'); return A === Agent && T === Tools") is True
    assert (
        js(
            f"import all, {{ Agent as A, LlmspellError as E }} from '{name}'; import * as N from '{name}'; export default [A === Agent, N.Tools === Tools, all.Log === Log, E === LlmspellError]"
        )
        == [True] * 4
    )


def test_every_form_of_import_and_export(js: Js) -> None:
    a = """
        export default function named() { return 'default' }
        export const one = 1, { two, three: [third] } = { two: 2, three: [3] };
        export let count = 0;
        export function add() { count += 1; return count }
        export class Thing { name = 'thing' }
        const hidden = 'hidden'; export { hidden as shown, hidden as 'with spaces' };
        export * from './b.js'; export * as all from './b.js'; export { four as vier } from './b.js';"""
    source = """
        import fn, { one, two, third, add, Thing, shown, 'with spaces' as spaces, four, all, vier } from './a.js';
        import * as A from './a.js';
        add();
        export default [fn(), one, two, third, new Thing().name, shown, spaces, four, all.four, vier, A.count];"""
    assert js(source, modules(a=a, b="export const four = 4; export default 5")) == [
        "default", 1, 2, 3, "thing", "hidden", "hidden", 4, 4, 4, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "form",
    [
        "function () { return 1 }",
        "() => 1",
        "class { static x = 1 }",
        "(1, 2)",
        "{ a: 1 }",
        "async () => 1",
        "1 // one",
        "await Agent.execute(1)",
    ],
)
def test_every_form_of_default_export(js: Js, form: str) -> None:
    kinds = {
        "function () { return 1 }": "function",
        "() => 1": "function",
        "class { static x = 1 }": "function",
        "async () => 1": "function",
        "{ a: 1 }": "object",
    }
    assert js("import it from './a.js'; return typeof it", modules(a=f"export default {form}")) == kinds.get(
        form, "number"
    )


def test_a_name_nobody_exports_is_an_error(js: Js) -> None:
    error = js("import { nonsense } from './a.js'", modules(a="export const sense = 1"))
    assert (error["type"], error["message"]) == ("syntax", "the module has no export named 'nonsense'")
    assert error["suggestions"] == ["it has: sense"]
    assert js("import { Nonsense } from 'llmspell'")["type"] == "syntax"


def test_a_module_is_run_once(start: Callable[..., Any]) -> None:
    spell = start(
        "const m = require('./m'); return [m.n, require('./m.js') === m, (await import('./m')).default === m, made]",
        modules(m="globalThis.made = (globalThis.made || 0) + 1; exports.n = 5"),
    )
    assert spell.run() == [5, True, True, 1]


def test_modules_require_each_other_from_their_own_folder(start: Callable[..., Any]) -> None:
    files = modules(
        lib__a="module.exports = require('./b') + require('../top')",
        lib__b="module.exports = 1",
        top="module.exports = 10",
    )
    spell = start("return require('./lib/a')", files)
    assert spell.run() == 11
    assert sorted(args[0] for args in spell.calls("Module.load")) == ["./lib/a", "./lib/b", "./top"]


def test_required_files_that_need_each_other_see_what_there_is(js: Js) -> None:
    files = modules(
        a="exports.early = 1; const b = require('./b'); exports.late = b.seen", b="exports.seen = require('./a').early"
    )
    assert js("return require('./a')", files) == {"early": 1, "late": 1}


def test_imported_files_that_need_each_other_see_functions(js: Js) -> None:
    files = modules(
        a="import { b } from './b.js'; export function a() { return 'a' } export default b()",
        b="import * as A from './a.js'; export function b() { return A.a() + 'b' }",
    )
    assert js("import it from './a.js'; return it", files) == "ab"


def test_a_module_may_wait(js: Js) -> None:
    files = modules(m="const v = await Agent.execute(5); export { v }")
    assert js("const { v } = await import('./m'); return v", files) == 5
    error = js("require('./m')", files)
    assert "cannot be required" in error["message"]


def test_a_module_with_default_only_and_one_of_commonjs(js: Js) -> None:
    assert js("import it, { x } from './m.js'; return [it, x]", modules(m="module.exports = { x: 1 }")) == [{"x": 1}, 1]
    assert js("import f from './m.js'; return f()", modules(m="module.exports = () => 2")) == 2


@pytest.mark.parametrize("how", ["require('./m')", "await import('./m')", "import './m'"])
def test_an_error_in_a_module_names_the_module(js: Js, how: str) -> None:
    assert js(how, modules(m="\nthrow new Error('bad')"))["where"] == "m.js:2"
    syntax = js(how, modules(m="\n\nconst x = ;"))
    assert (syntax["type"], syntax["where"]) == ("syntax", "m.js:3")


def test_a_module_that_failed_can_be_tried_again(js: Js) -> None:
    files = modules(m="if (!globalThis.tried) throw new Error('x'); export default 1")
    assert js(
        "const one = await import('./m').catch(() => 'failed'); globalThis.tried = true; return [one, (await import('./m')).default]",
        files,
    ) == ["failed", 1]


def test_what_require_cannot_do_is_explained(js: Js) -> None:
    error = js("const name = './m'; require(name)", modules(m=""))
    assert "was not seen" in error["message"]
    assert "await import(name)" in error["suggestions"][0]


def test_a_missing_module_is_the_kernels_error(js: Js) -> None:
    for how in ("require('./gone')", "await import('./gone')"):
        assert js(f"try {{ {how} }} catch (e) {{ return e.type }}") == "api_unavailable"


def test_strict_and_meta(js: Js) -> None:
    assert (
        js(
            "import { x } from './m.mjs'; return x",
            modules(m_mjs="export const x = (function () { return this === undefined })()"),
        )
        is True
    )
    assert js("return (await import('./m')).url", modules(m="export const url = import.meta.filename")) == "m.js"


TYPED = """
import { Agent, type Handle } from 'llmspell';
import type { Thing } from './things';
interface Config { name: string; count?: number }
enum Color { Red, Green = 'g' }
class Box<T extends object> { constructor(private readonly inner: T, public label: string = 'box') {} get(): T { return this.inner } }
function first<T>(items: T[]): T | undefined { return items[0] as T }
const config: Config = { name: 'x' } satisfies Config;
const box = new Box<Config>(config);
declare const nothing: number;
export default [box.get().name, box.label, Color.Green, Color.Red, first<number>([7])!, await Agent.execute<number>(1 as any)];
"""


def test_types_are_taken_out(js: Js) -> None:
    assert js(TYPED, name="spell.ts") == ["x", "box", "g", 0, 7, 1]
    assert (
        js("import { f } from './m'; return f(2)", modules(m_ts="export const f = (n: number): number => n * 2")) == 4
    )


def test_a_fault_in_typed_text_names_its_line(js: Js) -> None:
    error = js("const x: number = 1;\nconst y: = 2", name="spell.ts")
    assert (error["type"], error["where"]) == ("syntax", "spell.ts:2")
    assert js("const x: number = 1;\n\nnull.x", name="spell.ts")["where"] == "spell.ts:3"
