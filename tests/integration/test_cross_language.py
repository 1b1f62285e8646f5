"""A spell of each language loads one of each language: nine pairs, in one process and in children."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import pytest

LANGUAGES = ("lua", "js", "py")
ENGINES = {"lua": "lua", "js": "javascript", "py": "python"}

PARTS = {
    "lua": """
        local seen = 0
        Events.subscribe("ping", function(event) seen = seen + event.data.by end)
        Tools.register({name = "shout", execute = function(given) return {text = given.text .. "!"} end, parameters = {text = {type = "string"}}})
        Hooks.register("before_tool_execution", function(call) return {parameters = {text = call.parameters.text .. "?"}} end)
        local part = {data = {"a", {b = 1.5, c = {}}}, given = params.word}
        function part.add(a, b) return a + b end
        function part.twice(f, x) return f(f(x)) end
        function part.adder(n) return function(x) return x + n end end
        function part.echo(value) return value end
        function part.seen() Events.flush() return seen end
        function part.slow() Async.sleep(1) return "slept" end
        function part.fail()
          error({type = "validation", code = 2002, message = "a fault", suggestions = {"mend it"}})
        end
        return part
    """,
    "js": """
        let count = 0;
        Events.subscribe("ping", (event) => { count += event.data.by });
        Tools.register({ name: "shout", execute: (given) => ({ text: given.text + "!" }), parameters: { text: { type: "string" } } });
        Hooks.register("before_tool_execution", (call) => ({ parameters: { text: call.parameters.text + "?" } }));
        export const data = ["a", { b: 1.5, c: [] }], given = params.word;
        export const add = (a, b) => a + b;
        export async function twice(f, x) { return await f(await f(x)) }
        export const adder = (n) => (x) => x + n;
        export default { echo: (value) => value, seen: async () => { await Events.flush(); return count } };
        export async function slow() { await Async.sleep(1); return "slept" }
        export function fail() {
          const { LlmspellError } = require("llmspell");
          throw new LlmspellError("a fault", { type: "validation", code: 2002, suggestions: ["mend it"] });
        }
    """,
    "py": """
        import json
        count = [0]
        def _count(event): count[0] += event.data.by
        await Events.subscribe("ping", _count)
        await Tools.register(name="shout", execute=lambda given: {"text": given["text"] + "!"}, parameters={"text": {"type": "string"}})
        await Hooks.register("before_tool_execution", lambda call: {"parameters": {"text": call["parameters"]["text"] + "?"}})
        data, given = ["a", {"b": 1.5, "c": []}], params.word
        def add(a, b): return a + b
        async def twice(f, x): return await f(await f(x))
        def adder(n):
            async def added(x): return x + n  # one that comes back is itself again: only then it can be awaited
            return added
        def echo(value): return value
        async def seen():
            await Events.flush()
            return count[0]
        async def slow():
            await Async.sleep(1)
            return "slept"
        def fail():
            raise LlmspellError("a fault", type="validation", code=2002, suggestions=["mend it"])
    """,
}

CALLERS = {
    "lua": """
        local part = Spell.load("part.EXT", {params = {word = "hi"}})
        local found = {engine = part.engine, path = part.path, data = part.data, given = part.given}
        found.sum, found.twice = part.add(2, 3), part.twice(function(x) return x * 3 end, 2)
        found.adder, found.own = part.adder(10)(5), part.twice(part.adder(1), 1)
        found.slow = part.slow()
        found.back = part.echo(function() return "mine" end)()
        found.values = part.echo({"é😀", 9007199254740993, 1.5, true, {}, {a = {b = {"c"}}}})
        found.tool = Tools.get("shout"):execute({text = "x"}).text
        Events.emit("ping", {by = 2}); found.seen = part.seen()
        local _, e = pcall(function() local value = part.fail() return value end)
        found.fault = {e.type, e.code, e.message, e.where, e.suggestions[1]}
        _, e = pcall(part.twice, function() error("own fault") end, 1)
        found.inner = e.message
        found.closed = {part:close(), part:close()}
        _, e = pcall(part.add, 1, 2)
        found.after = e.message
        found.gone = pcall(Tools.get, "shout")
        return found
    """,
    "js": """
        const part = await Spell.load("part.EXT", { params: { word: "hi" } });
        const { engine, path, data, given } = part;
        const found = { engine, path, data, given };
        found.sum = await part.add(2, 3); found.twice = await part.twice((x) => x * 3, 2);
        found.adder = await (await part.adder(10))(5); found.own = await part.twice(await part.adder(1), 1);
        found.slow = await part.slow();
        found.back = await (await part.echo(() => "mine"))();
        found.values = await part.echo(["é😀", 9007199254740993n, 1.5, true, {}, { a: { b: ["c"] } }]);
        found.tool = (await (await Tools.get("shout")).execute({ text: "x" })).text;
        await Events.emit("ping", { by: 2 }); found.seen = await part.seen();
        await part.fail().catch((error) => { found.fault = [error.type, error.code, error.message, error.where, error.suggestions[0]] });
        await part.twice(() => { throw new Error("own fault") }, 1).catch((error) => { found.inner = error.message });
        found.closed = [await part.close(), await part.close()];
        await part.add(1, 2).catch((error) => { found.after = error.message });
        found.gone = await Tools.get("shout").then(() => true, () => false);
        return found;
    """,
    "py": """
        part = await Spell.load("part.EXT", params={"word": "hi"})
        found = {"engine": part.engine, "path": part.path, "data": part.data, "given": part.given}
        found["sum"], found["twice"] = await part.add(2, 3), await part.twice(lambda x: x * 3, 2)
        found["adder"], found["own"] = await (await part.adder(10))(5), await part.twice(await part.adder(1), 1)
        found["slow"] = await part.slow()
        async def mine(): return "mine"
        found["back"] = await (await part.echo(mine))()
        found["values"] = await part.echo(["é😀", 9007199254740993, 1.5, True, {}, {"a": {"b": ["c"]}}])
        found["tool"] = (await (await Tools.get("shout")).execute(text="x")).text
        await Events.emit("ping", {"by": 2}); found["seen"] = await part.seen()
        try: await part.fail()
        except ValidationError as error: found["fault"] = [error.type, error.code, error.message, error.where, error.suggestions[0]]
        def own(x): raise LlmspellError("own fault")
        try: await part.twice(own, 1)
        except LlmspellError as error: found["inner"] = error.message
        found["closed"] = [await part.close(), await part.close()]
        try: await part.add(1, 2)
        except LlmspellError as error: found["after"] = error.message
        try: await Tools.get("shout"); found["gone"] = True
        except LlmspellError: found["gone"] = False
        found
    """,
}
FAILERS = {
    "lua": 'local part = Spell.load("part.EXT", {params = {word = ""}})\nlocal function deep() local x = part.fail() return x end\nreturn 1 + deep()',
    "js": 'const part = await Spell.load("part.EXT", { params: { word: "" } });\nasync function deep() { await part.fail() }\nawait deep();',
    "py": 'part = await Spell.load("part.EXT", params={"word": ""})\nasync def deep(): await part.fail()\nawait deep()',
}


def lines(source: str) -> str:
    """Take the indentation of the table away; line 1 is the first with text."""
    return "\n".join(line[8:] for line in source.split("\n")[1:])


def fault(part: str) -> str:
    """Say where a part raises."""
    before = lines(PARTS[part]).partition("a fault")[0]
    return f"part.{part}:{before.count(chr(10)) + 1}"


@pytest.mark.parametrize("part", LANGUAGES)
@pytest.mark.parametrize("caller", LANGUAGES)
def test_a_spell_uses_one_of_another_language_as_its_own(cast_files, caller, part):
    source = lines(CALLERS[caller]).replace("EXT", part)
    found = cast_files({f"main.{caller}": source, f"part.{part}": lines(PARTS[part])})
    assert found.pop("inner").endswith("own fault")
    # An empty Lua table is a map, whatever it was before.
    assert found.pop("values") == ["é😀", 9007199254740993, 1.5, True, {}, {"a": {"b": ["c"]}}]
    data = found.pop("data")
    assert data[0] == "a"
    assert data[1]["b"] == 1.5
    assert found == {
        "engine": ENGINES[part],
        "path": f"part.{part}",
        "given": "hi",
        "sum": 5,
        "twice": 18,
        "adder": 15,
        "own": 3,
        "slow": "slept",
        "back": "mine",
        "tool": "x?!",
        "seen": 2,
        "fault": ["validation", 2002, "a fault", fault(part), "mend it"],
        "closed": [True, False],
        "after": "the spell has ended: its functions can no longer be called",
        "gone": False,
    }


@pytest.mark.parametrize("part", LANGUAGES)
@pytest.mark.parametrize("caller", LANGUAGES)
def test_an_error_keeps_type_code_place_and_both_stacks(cast_files, caller, part):
    files = {f"main.{caller}": FAILERS[caller].replace("EXT", part), f"part.{part}": lines(PARTS[part])}
    error = cast_files(files, status=2)
    assert (error["type"], error["code"], error["message"]) == ("validation", 2002, "a fault")
    assert error["where"] == fault(part)
    told = cast_files.shown(f"main.{caller}").split("\n")
    start = next(index for index, line in enumerate(told) if line.startswith(f"{fault(part)}: "))
    stack = told[start:]
    assert any(line.startswith(f"main.{caller}:2: ") and "deep" in line for line in stack)
    assert any(line.startswith(f"main.{caller}:3: ") for line in stack)
    assert not any("llm0" in line or "llmMain" in line for line in told)  # names of the engine's own
