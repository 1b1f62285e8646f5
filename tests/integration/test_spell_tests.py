"""Tests written as spells: what every assertion says in every language, and how files of tests are run."""

from __future__ import annotations

import json
import textwrap
from xml.etree import ElementTree as ET

import pytest

HEADS = {
    "lua": 'local testing = require("llmspell.testing") local assert, test = testing.assert, testing.test\n',
    "js": 'import { assert, test, suite } from "llmspell/testing";\n',
    "py": "from llmspell.testing import assert_, test, suite, before_each, after_each\n",
}
CALLS = {"lua": "assert.{}", "js": "assert.{}", "py": "assert_.{}"}
BODIES = {
    "lua": 'test("{name}", function(t) {body} end)\n',
    "js": 'test("{name}", async (t) => {{ {body} }});\n',
    "py": '@test("{name}")\nasync def _(t):\n    {body}\n',
}
WORDS = {
    "lua": {"NIL": "nil", "TRUE": "true", "FALSE": "false", "MAP": "{a = 1}", "OTHER": "{a = 2}", "LIST": "{1, 2}"},
    "js": {"NIL": "null", "TRUE": "true", "FALSE": "false", "MAP": "({a: 1})", "OTHER": "({a: 2})", "LIST": "[1, 2]"},
    "py": {"NIL": "None", "TRUE": "True", "FALSE": "False", "MAP": "{'a': 1}", "OTHER": "{'a': 2}", "LIST": "[1, 2]"},
}
RAISES = {
    "lua": 'function() error({type = "validation", message = "no good"}) end',
    "js": '() => { throw new LlmspellError("no good", {type: "validation"}); }',
    "py": "raises",
}
SILENT = {"lua": "function() end", "js": "() => {}", "py": "lambda: None"}
CASES = (
    # name of the assertion, arguments that pass, arguments that fail
    ("equals", "MAP, MAP", "MAP, OTHER"),
    ("not_equals", "MAP, OTHER", "LIST, LIST"),
    ("same", "'a', 'a'", "MAP, MAP"),
    ("not_same", "MAP, MAP", "'a', 'a'"),
    ("is_true", "TRUE", "1"),
    ("is_false", "FALSE", "NIL"),
    ("truthy", "1", "FALSE"),
    ("falsy", "NIL", "1"),
    ("is_nil", "NIL", "FALSE"),
    ("not_nil", "FALSE", "NIL"),
    ("type", "LIST, 'list'", "MAP, 'string'"),
    ("contains", "LIST, 2", "'abc', 'd'"),
    ("not_contains", "MAP, 'b'", "MAP, 'a'"),
    ("matches", "'abc', 'a.c'", "'abc', 'x.c'"),
    ("greater_than", "2, 1", "1, 1"),
    ("at_least", "1, 1", "0, 1"),
    ("less_than", "'a', 'b'", "'b', 'a'"),
    ("at_most", "1, 1", "2, 1"),
    ("close_to", "0.1 + 0.2, 0.3", "1, 2, 0.5"),
    ("length", "MAP, 1", "'abc', 2"),
    ("throws", "RAISES, 'validation'", "RAISES, 'timeout'"),
    ("throws", "RAISES, 'no good'", "SILENT"),
    ("fail", "", "'why'"),
)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def written(language: str, name: str, arguments: str) -> str:
    words = {**WORDS[language], "RAISES": RAISES[language], "SILENT": SILENT[language]}
    for word, text in words.items():
        arguments = arguments.replace(word, text)
    return f"{CALLS[language].format(camel(name) if language == 'js' else name)}({arguments})"


@pytest.mark.parametrize("language", HEADS)
def test_every_assertion_passes_and_fails_alike(llmspell, tmp_path, language):
    from llmspell.bridge.api.assertions import Assert

    assert {name for name, *_ in CASES} == set(Assert.functions())
    source = HEADS[language]
    if language == "py":
        source += 'def raises():\n    raise LlmspellError("no good", type="validation")\n'
    for number, (name, passes, fails) in enumerate(CASES):
        if passes:
            source += BODIES[language].format(name=f"{number} {name} passes", body=written(language, name, passes))
        source += BODIES[language].format(name=f"{number} {name} fails", body=written(language, name, fails))
    (tmp_path / f"all.{language}").write_text(source)
    done = llmspell("test", "spell", f"all.{language}", "--json", "--isolation", "inline")
    outcomes = json.loads(done.out)["files"][0]["tests"]
    wrong = [one for one in outcomes if one["status"] != ("passed" if one["name"].endswith("passes") else "failed")]
    assert wrong == []
    assert len(outcomes) == 2 * len(CASES) - 1
    assert done.status == 1
    for one in outcomes:
        if one["status"] == "failed":
            assert one["error"]["type"] == "assertion"
            assert one["error"]["where"].startswith(f"all.{language}:")


ORDER = {
    "lua": """
local testing = require("llmspell.testing")
testing.before_each(function() print("each out") end)
testing.suite("s", function(s)
  s:before_all(function() print("all") end)
  s:before_each(function(t) print("each in " .. t.name) end)
  s:after_each(function() print("after in") end)
  s:after_all(function() print("after all") end)
  s:test("a", function(t) print("a") t:assert_true(false) end)
  testing.suite("inner", function() testing.test("b", function() print("b") end) end)
  s:skip("c", function() print("never") end)
end)
testing.test("d", function(t) t:skip("tired") end)
""",
    "js": """
const testing = require("llmspell/testing");
testing.beforeEach(() => print("each out"));
testing.suite("s", async (s) => {
  await Async.sleep(1);
  s.beforeAll(() => print("all"));
  s.beforeEach((t) => print("each in " + t.name));
  s.afterEach(async () => { await Async.sleep(1); print("after in"); });
  s.afterAll(() => print("after all"));
  s.test("a", (t) => { print("a"); t.assertTrue(false); });
  testing.suite("inner", () => { testing.test("b", () => print("b")); });
  s.skip("c", () => print("never"));
});
testing.test("d", async (t) => { await t.skip("tired"); });
""",
    "py": """
from llmspell import testing
await testing.before_each(lambda t: print("each out"))
@testing.suite("s")
async def _(s):
    await s.before_all(lambda t: print("all"))
    await s.before_each(lambda t: print("each in " + t.name))
    await s.after_each(lambda t: print("after in"))
    await s.after_all(lambda t: print("after all"))
    @s.test("a")
    def _(t):
        print("a")
        t.assert_true(False)
    @testing.suite("inner")
    def _(inner):
        @testing.test("b")
        def _(t):
            print("b")
    await s.skip("c", lambda t: print("never"))
@testing.test("d")
async def _(t):
    await t.skip("tired")
""",
}


@pytest.mark.parametrize("language", ORDER)
def test_hooks_run_around_the_tests_of_their_suite(llmspell, tmp_path, language):
    (tmp_path / f"order.{language}").write_text(ORDER[language])
    done = llmspell("test", "spell", f"order.{language}", "--json")
    file = json.loads(done.out)["files"][0]
    rows = [(one["name"], one["status"]) for one in file["tests"]]
    assert sorted(rows) == [("d", "skipped"), ("s > a", "failed"), ("s > c", "skipped"), ("s > inner > b", "passed")]
    said = [line for line in file["output"] if line != "each out"]
    assert said == [
        "all", "each in s > a", "a", "after in", "each in s > inner > b", "b", "after in", "after all",
    ]  # fmt: skip
    assert file["output"].count("each out") == 3


def test_how_files_end(llmspell, tmp_path):
    (tmp_path / "good.lua").write_text('Testing.test("fine", function() end)')
    (tmp_path / "none.lua").write_text("print(1)")
    (tmp_path / "bad.lua").write_text("local x = = 1")
    done = llmspell("test", "spell", "*.lua", "--junit", "out.xml")
    assert done.status == 1
    assert "defines no test" in done.out
    assert "at bad.lua:1" in done.out
    assert "1 passed, 2 with errors in 3 files" in done.out
    suites = ET.parse(tmp_path / "out.xml").getroot()
    assert {suite.get("name"): suite.get("errors") for suite in suites} == {
        "good.lua": "0",
        "none.lua": "1",
        "bad.lua": "1",
    }
    assert llmspell("test", "spell", "good.lua", "-k", "FINE").status == 0
    assert llmspell("test", "spell", "good.lua", "-k", "other").status == 2
    assert llmspell("test", "spell", "nope.lua").status == 2
    assert llmspell("test", "spell").status == 2


def test_a_plain_run_reports_and_fails(llmspell, tmp_path):
    (tmp_path / "t.lua").write_text('Testing.test("a", function(t) t:assert_equals(1, 2) end)\nTesting.run_all()')
    done = llmspell("run", "t.lua")
    assert done.status == 1
    assert "FAIL   a" in done.out
    assert "error[4102]: 1 of 1 tests failed" in done.err
    assert "at: t.lua:1" in done.err


def test_a_test_that_never_ends_is_named(llmspell, tmp_path):
    (tmp_path / "t.lua").write_text('Testing.test("loop", function() while true do end end)')
    done = llmspell("test", "spell", "t.lua", "--timeout", "300ms", "--json")
    assert [one["name"] for one in json.loads(done.out)["files"][0]["tests"]] == ["loop"]


BESIDE = {
    "lua": """
        local near, far = require("near"), require("far")
        Testing.test("finds", function()
          Testing.assert.equals({near, far, Spell.load("part.lua").n}, {"own", "current", 7})
        end)""",
    "js": """
        const near = require("./near"), far = require("./far");
        Testing.test("finds", async () => {
          Testing.assert.equals([near, far, (await Spell.load("part.lua")).n], ["own", "current", 7]);
        });""",
    "py": """
        import near, far
        @Testing.test("finds")
        async def _(t):
            Testing.assert_.equals([near.at, far.at, (await Spell.load("part.lua")).n], ["own", "current", 7])""",
}
PLACES = {"lua": 'return "{}"', "js": 'module.exports = "{}";', "py": 'at = "{}"'}


@pytest.mark.parametrize("language", BESIDE)
def test_modules_are_found_beside_the_tests_and_then_in_the_current_folder(llmspell, tmp_path, language):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / f"t.{language}").write_text(textwrap.dedent(BESIDE[language]))
    (tmp_path / "checks" / f"near.{language}").write_text(PLACES[language].format("own"))
    (tmp_path / f"near.{language}").write_text(PLACES[language].format("current"))
    (tmp_path / f"far.{language}").write_text(PLACES[language].format("current"))
    (tmp_path / "part.lua").write_text("return {n = 7}")
    done = llmspell("test", "spell", f"checks/t.{language}")
    assert done.status == 0, done
    assert "1 passed" in done.out
