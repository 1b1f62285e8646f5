"""What a spell may load, and how what it loaded ends."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import json

import pytest

LANGUAGES = ("lua", "js", "py")
ENGINES = {"lua": "lua", "js": "javascript", "py": "python"}


def lines(source: str) -> str:
    """Take the indentation of a table away."""
    return "\n".join(line[8:] for line in source.split("\n")[1:])


LOADS = {
    "lua": """
        local found = {}
        for index, path in ipairs(params.paths) do
          local ok, e = pcall(Spell.load, path)
          found[index] = ok and "loaded" or {e.type, e.code, e.message, e.suggestions[1] or ""}
        end
        return found
    """,
    "js": """
        const found = [];
        for (const path of params.paths) {
          await Spell.load(path).then(() => found.push("loaded"), (e) => found.push([e.type, e.code, e.message, e.suggestions[0] || ""]));
        }
        return found;
    """,
    "py": """
        found = []
        for path in params.paths:
            try: await Spell.load(path); found.append("loaded")
            except LlmspellError as e: found.append([e.type, e.code, e.message, (e.suggestions or [""])[0]])
        found
    """,
}


@pytest.mark.parametrize("caller", LANGUAGES)
def test_what_cannot_be_loaded_is_a_coded_error(cast_files, caller, tmp_path):
    (tmp_path / "outside.lua").write_text("return {}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.lua").symlink_to(tmp_path / "outside.lua")
    (tmp_path / "in" / "folder.lua").mkdir()
    files = {
        f"in/main.{caller}": lines(LOADS[caller]),
        "in/part.lua": "return {}",
        "in/notes.txt": "x",
        "in/bad.lua": "return {",
        "in/bad.js": "exports.a = ;",
        "in/bad.py": "def (",
        "in/a.lua": 'return Spell.load("b.js")',
        "in/b.js": 'exports.c = await Spell.load("c.py");',
        "in/c.py": 'await Spell.load("a.lua")',
    }
    paths = [
        "part.lua", "./part.lua", "sub/../part.lua", "../outside.lua", str(tmp_path / "outside.lua"), "link.lua",
        "gone.lua", "folder.lua", "notes.txt", "bad.lua", "bad.js", "bad.py", f"main.{caller}", "a.lua", "", "x\\y.lua",
    ]  # fmt: skip
    (tmp_path / "params.json").write_text(json.dumps({"paths": paths}))
    found = dict(zip(paths, cast_files(files, "--params", "params.json"), strict=True))
    assert [found[path] for path in paths[:3]] == ["loaded"] * 3
    for path in ("../outside.lua", str(tmp_path / "outside.lua"), "link.lua", "", "x\\y.lua"):
        assert found[path][:2] == ["security", 4006], path
    assert found["gone.lua"][:3] == [
        "resource_unavailable",
        2007,
        "there is no spell 'gone.lua' below the folder of the spell",
    ]
    assert found["folder.lua"][0] == "resource_unavailable"
    assert found["notes.txt"][0] == "component_not_found"
    for path in ("bad.lua", "bad.js", "bad.py"):
        assert found[path][:2] == ["syntax", 4001], path
    assert f"main.{caller} is being loaded by itself" in found[f"main.{caller}"][2]
    assert found["a.lua"][:2] == ["runtime", 4002]
    assert f"main.{caller} -> a.lua -> b.js -> c.py -> a.lua" in found["a.lua"][2]


@pytest.mark.parametrize("part", LANGUAGES)
def test_an_engine_that_is_not_installed_is_named_with_its_distribution(cast_files, part):
    caller = next(one for one in LANGUAGES if one != part)
    files = {
        f"main.{caller}": lines(LOADS[caller]),
        f"part.{part}": "",
        "params.json": json.dumps({"paths": [f"part.{part}"]}),
    }
    blocked = f"no:{ENGINES[part]}"
    (found,) = cast_files(files, "--params", "params.json", "-p", blocked)
    assert found[0] == "component_not_found"
    assert found[3] == f"install llmspell-engine-{ENGINES[part]}"


COUNTERS = {
    "lua": "local n = 0 return {next = function() n = n + 1 return n end}",
    "js": "let n = 0; exports.next = () => ++n;",
    "py": "n = [0]\ndef next():\n    n[0] += 1\n    return n[0]",
}


@pytest.mark.parametrize("part", LANGUAGES)
def test_a_file_loaded_twice_is_two_spells(cast_files, part):
    source = (
        f'local a, b = Spell.load("part.{part}"), Spell.load("part.{part}") return {{a.next(), a.next(), b.next()}}'
    )
    assert cast_files({"main.lua": source, f"part.{part}": COUNTERS[part]}) == [1, 2, 1]


def test_a_spell_that_is_closed_takes_those_it_loaded_with_it(cast_files):
    files = {
        "main.lua": """
            local outer = Spell.load("outer.js")
            local first = outer.next()
            outer:close()
            local ok, e = pcall(outer.next)
            local alive = pcall(outer.inner.next)
            return {first, ok, alive}""",
        "outer.js": 'const inner = await Spell.load("inner.py"); exports.next = () => inner.next(); exports.inner = { next: inner.next };',
        "inner.py": COUNTERS["py"],
    }
    assert cast_files(files) == [1, False, False]


def test_spells_load_each_other_eight_deep_and_no_deeper(cast_files):
    files = {f"s{n}.lua": f'return {{depth = 1 + Spell.load("s{n + 1}.lua").depth}}' for n in range(1, 8)}
    files = {"s1.lua": 'return Spell.load("s2.lua").depth', **{k: v for k, v in files.items() if k != "s1.lua"}}
    assert cast_files({**files, "s8.lua": "return {depth = 0}"}) == 6
    error = cast_files({**files, "s8.lua": 'return Spell.load("s9.lua")', "s9.lua": ""}, status=6)
    assert (error["type"], error["code"]) == ("resource_exhausted", 4009)
    assert "8 deep" in error["message"]


def test_a_spell_holds_sixteen_loaded_ones(cast_files):
    source = """
        for i = 1, 16 do Spell.load("part.lua") end
        local ok, e = pcall(Spell.load, "part.lua")
        return e.message"""
    assert cast_files({"main.lua": source, "part.lua": ""}) == "16 loaded spells are open, which is the limit"


@pytest.mark.parametrize("part", LANGUAGES)
def test_a_loaded_spell_that_passes_a_limit_ends_alone(cast_files, part):
    loops = {
        "lua": "Tools.register({name = 'left', execute = function() end}) return {ok = function() return 1 end, loop = function() while true do end end}",
        "js": "await Tools.register({ name: 'left', execute: () => null }); exports.ok = () => 1; exports.loop = () => { for (;;); };",
        "py": "await Tools.register(name='left', execute=lambda given: None)\ndef ok(): return 1\ndef loop():\n    while True: pass",
    }
    files = {
        "main.lua": f"""
            local part = Spell.load("part.{part}")
            local before = part.ok()
            local ok, e = pcall(part.loop)
            local again, after = pcall(part.ok)
            local left = pcall(Tools.get, "left")
            return {{before, e.type, again, left, part:close(), Spell.load("other.lua").value}}""",
        f"part.{part}": loops[part],
        "other.lua": "return {value = 7}",
        "llmspell.toml": "[scripting]\nmax_cpu_time = 1\n",
    }
    found = cast_files(files)
    # What it registered is gone with its process. Inline its engine is still there, and refuses, until it is closed.
    gone = cast_files.isolation == "process"
    assert found == [1, "timeout", False, not gone, not gone, 7]


def test_a_call_that_is_given_up_is_cancelled_in_the_loaded_spell(cast_files):
    files = {
        "main.lua": """
            local part = Spell.load("part.py")
            local ok, e = pcall(Async.timeout, function() return part.wait() end, 20)
            return {e.type, part.cancelled()}""",
        "part.py": """
was = []
async def wait():
    try:
        await Async.sleep(60000)
    except BaseException:
        was.append("cancelled")
        raise
def cancelled(): return was
""",
    }
    found = cast_files(files)
    assert found[0] in ("timeout", "timed_out")
    assert found[1] == ["cancelled"]


def test_a_loaded_spell_ends_with_its_run_though_it_has_work_left(cast_files):
    files = {
        "main.lua": 'Spell.load("part.js") Spell.load("part.py") return "done"',
        "part.js": "setInterval(() => {}, 10); exports.a = 1;",
        "part.py": "import asyncio\nasync def work():\n    while True: await asyncio.sleep(0.01)\nasyncio.ensure_future(work())\n",
    }
    assert cast_files(files) == "done"


def test_what_a_spell_exports_under_a_name_of_the_handle_is_in_exports(cast_files):
    source = """
        local part = Spell.load("part.js")
        return {part.path, part.exports.path, part.exports.close(), part:close()}"""
    assert cast_files({"main.lua": source, "part.js": 'exports.path = "mine"; exports.close = () => "theirs";'}) == [
        "part.js",
        "mine",
        "theirs",
        True,
    ]


def test_all_and_exports_of_python(cast_files):
    source = 'return {Spell.load("a.py").exports, Spell.load("b.py").exports, Spell.load("c.py").exports}'
    files = {
        "main.lua": source,
        "a.py": "from json import dumps\n__all__ = ['_x', 'dumps']\n_x = 1\ny = 2\ndef dumps(v): return 1",
        "b.py": "exports = {'z': 3}\ny = 2",
        "c.py": "import json\nfrom json import dumps\nclass Thing: pass\nthing = Thing()\nmixed = [thing]\n_x = 1\ny = 2",
    }
    found = cast_files({**files, "a.py": "__all__ = ['_x']\n_x = 1\ny = 2"})
    assert found == [{"_x": 1}, {"z": 3}, {"y": 2}]
    error = cast_files({**files, "main.lua": 'Spell.load("d.py")', "d.py": "__all__ = ['gone']"}, status=1)
    assert "__all__ names 'gone'" in error["message"]


RIGHTS = """
from llmspell.spec import Context, hookimpl, tool


async def relay(name: str, ctx: Context) -> object:
    return await ctx.call(name, {})


async def rights(ctx: Context) -> bool:
    return ctx.grants.allows("state.write", "x")


@hookimpl
def llmspell_tools():
    return [
        tool("relay", "rights_of_spells:relay", "Call a tool without a right of its own.", category="rights"),
        tool("rights", "rights_of_spells:rights", "Tell a right.", category="rights", needs=("state.write",)),
    ]
"""


def test_a_loaded_spell_has_at_most_the_rights_of_who_loads_it_and_of_who_calls_it(cast_files, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    may = 'local function may() return Tools.get("rights"):execute().result end '
    files = {
        "main.lua": may
        + """
            local mine, narrow
            Tools.register({name = "mine", execute = function()
              narrow = Spell.load("part.lua")
              return {loaded = narrow.at_first, called = mine and mine.may()}
            end})
            mine = Spell.load("part.lua")
            local relayed = Tools.get("relay"):execute({name = "mine"}).result
            return {may(), mine.at_first, mine.may(), relayed.loaded, relayed.called, narrow.may()}""",
        "part.lua": may + "return {may = may, at_first = may()}",
        "rights_of_spells.py": RIGHTS,
    }
    # What was loaded with fewer rights keeps to them, whoever calls it.
    assert cast_files(files, "-p", "rights_of_spells") == [True, True, True, False, False, False]


def test_an_object_of_a_loaded_spell_outlives_it_in_the_hands_of_another(cast_files):
    files = {
        "main.js": """
            const part = await Spell.load("part.py");
            const view = part.tool;
            const before = (await view.execute({ expression: "6*7" })).result;
            await part.close();
            const after = (await view.execute({ expression: "6*7" })).result;
            return before.result === after.result || before === after;""",
        "part.py": "tool = await Tools.get('calculator')",
    }
    assert cast_files(files) is True
