"""The API as Python shows it: names, options, handles, decorators, modules, output."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell_engine_python.machine import PythonMachine

if TYPE_CHECKING:
    from collections.abc import Callable

    Python = Callable[..., Any]
    Start = Callable[..., Any]


ARGUMENTS = {
    "none": ("Agent.execute()", []),
    "by position": ("Agent.execute(1, [2])", [1, [2]]),
    "by name": ("Agent.execute('x', timeout=5)", ["x", {"$kw": {"timeout": 5}}]),
    "one dict": ("Agent.execute({'a': 1})", [{"a": 1}]),
    "a dollar name": ("Agent.execute(**{'$x': 1})", [{"$kw": {"$$x": 1}}]),
    "camel case": ("Tools.getByCategory('x')", ["x"]),
    "a call as argument": ("Agent.execute([Agent.new()])", [[{"$h": ["agent", 3]}]]),
    "called namespace": ("Agent(name='x')", [{"$kw": {"name": "x"}}]),
    "getter": ("Tools.web_search", ["web_search"]),
    "constructor": ("CalculatorTool(precision=3)", ["CalculatorTool", {"precision": 3}]),
    "constructor by new": ("CalculatorTool.new({'precision': 3})", ["CalculatorTool", {"precision": 3}]),
}


@pytest.mark.parametrize(("source", "arguments"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_how_arguments_are_sent(start: Start, source: str, arguments: list[Any]) -> None:
    spell = start(f"await {source}\n1", {"Agent.execute": lambda *_: 1})
    assert spell.run() == 1
    assert [one for one in spell.log if one["t"] == "call"][-1]["args"] == arguments


def test_a_handle_has_methods_fields_and_an_identity(start: Start) -> None:
    spell = start("""
        a = await Agent.new()
        b = await Agent.new()
        [a is b, a.name, a.model, "chat" in dir(a), await a.chat(text="hi"), repr(a), str(a.getConfig)[:9]]
    """)
    spell.ops["agent.chat"] = lambda _self, options: options["$kw"]["text"]
    assert spell.run() == [True, "ada", "scripted", True, "hi", "<agent 3 ada>", "<function"]


def test_methods_can_be_called_on_what_a_call_will_give(python: Python) -> None:
    assert python("await Agent.new().chat('x')") == "you said x"
    assert "Agent.new gives its value when it is awaited" in python("Agent.new().name")["message"]


def test_names_from_the_module_are_the_globals(python: Python) -> None:
    source = """
        import llmspell
        import llmspell.agent
        import rs_llmspell
        from llmspell import Agent as A, CalculatorTool, LlmspellError as E, params as p
        from llmspell.agent import Agent as B, execute
        from llmspell.error_handler import parse
        def late():
            from llmspell import JSON
            return JSON
        [A is Agent, B is Agent, llmspell.Agent is Agent, E is LlmspellError, p is params, late() is JSON,
         repr(CalculatorTool), await execute(5), llmspell.agent.Agent is Agent, rs_llmspell.Agent is Agent]
    """
    assert python(source) == [*[True] * 6, "<constructor CalculatorTool>", 5, True, True]


@pytest.mark.parametrize("source", ["from llmspell import Agnet", "import llmspell.agnet"])
def test_a_name_the_api_does_not_have(python: Python, source: str) -> None:
    assert "Error" in python(source)["message"]


def test_hooks_and_handlers_as_decorators(start: Start) -> None:
    spell = start(
        """
        @Hooks.register("before_tool_execution")
        def guard(context):
            return None

        @Hooks.register("after_tool_execution", priority=9)
        async def look(context):
            return None

        @Events.subscribe("ping", priority=1)
        def heard(event):
            return None

        await Hooks.register("tool_error", guard, priority=2)
        [await Agent.execute(1), callable(guard)]
        """,
        {"Hooks.register": lambda *_: 1},
    )
    assert spell.run() == [1, True]
    assert spell.calls("Hooks.register") == [
        ["before_tool_execution", {"$fn": 1}],
        ["after_tool_execution", {"$kw": {"priority": 9, "handler": {"$fn": 2}}}],
        ["tool_error", {"$kw": {"priority": 2, "handler": {"$fn": 1}}}],
    ]
    assert spell.calls("Events.subscribe") == [["ping", {"$fn": 3}, {"$kw": {"priority": 1}}]]
    order = [one["op"] for one in spell.log if one["t"] == "call"]
    assert order[-1] == "Agent.execute"


def test_a_decorator_that_fails_ends_the_script(start: Start, failing: Any) -> None:
    refusal = {"Events.subscribe": failing({"type": "subscription", "code": 5101, "message": "no such event"})}
    spell = start("@Events.subscribe('x')\ndef f(e):\n    pass\nawait Agent.list()", refusal)
    assert (spell.run()["type"], spell.result()["where"]) == ("subscription", "spell.py:1")


def test_a_tool_from_a_function(start: Start) -> None:
    spell = start(
        '''
        from typing import Annotated, Literal

        @tool
        def shout(text: Annotated[str, "what to say"], times: int = 2, mood: Literal["glad", "sad"] | None = None):
            """Shout."""
            return text.upper() * times

        @tool(name="plain", description="Takes a dict.")
        async def anything(given):
            return given["x"]

        [shout("a"), (await Agent.execute([shout])), (await shout).name]
        ''',
        {"Tools.create": lambda *_: {"$h": ["tool", 7], "$v": {"name": "shout"}}, "Agent.execute": lambda one: one},
    )
    assert spell.run() == ["AA", [{"$h": ["tool", 7]}], "shout"]
    (first,), (second,) = spell.calls("Tools.create")
    about = first["$kw"]
    assert (about["name"], about["description"]) == ("shout", "Shout.")
    assert about["parameters"] == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "what to say"},
            "times": {"type": "integer", "default": 2},
            "mood": {"anyOf": [{"enum": ["glad", "sad"]}, {"type": "null"}], "default": None},
        },
        "required": ["text"],
    }
    assert spell.invoke(about["execute"]["$fn"], {"text": "hey"}, number=60)["value"] == "HEYHEY"
    assert second["$kw"]["name"] == "plain"
    assert spell.invoke(second["$kw"]["execute"]["$fn"], {"x": 5}, number=61)["value"] == 5


def test_a_tool_with_its_name_first(start: Start) -> None:
    spell = start("@tool('loud', category='text')\ndef f(x):\n    return x\nawait f\n1", {"Tools.create": lambda *_: 1})
    assert spell.run() == 1
    ((name, about),) = spell.calls("Tools.create")
    assert (name, about["$kw"]["category"]) == ("loud", "text")
    assert spell.posts("Log.warn") == []


def test_a_method_of_an_object_is_one_function(start: Start) -> None:
    spell = start("class C:\n    def f(self, x):\n        return x\nc = C()\nawait Agent.execute([c.f, c.f])")
    spell.ops["Agent.execute"] = lambda found: found
    assert spell.run() == [{"$fn": 1}, {"$fn": 1}]


def test_functions_given_back_are_forgotten(start: Start) -> None:
    spell = start("await Agent.execute([print, print])\nawait Agent.list()")
    spell.run_until_waiting()
    spell.feed({"t": "release", "fn": [1]})
    assert spell.invoke(1, "still", number=7)["ok"]
    spell.feed({"t": "release", "fn": [1]})
    assert "no function 1" in spell.invoke(1, "gone", number=8)["error"]["message"]


def test_a_call_says_which_function_it_comes_from(start: Start) -> None:
    spell = start("""
        import asyncio
        async def f(x):
            return await asyncio.create_task(Agent.execute(x))
        await Events.subscribe("e", f)
        await Agent.execute("main")
        await Agent.list()
    """)
    spell.run_until_waiting()
    spell.invoke(1, "inner", number=33)
    within = {one["args"][0]: one.get("in") for one in spell.log if one["t"] == "call" and one["op"] == "Agent.execute"}
    assert within == {"main": None, "inner": 33}


def test_callbacks_interleave_and_finish_in_reverse(start: Start) -> None:
    spell = start("async def f(x):\n    return await Agent.list(x)\nawait Events.subscribe('e', f)\nawait Agent.list()")
    spell.run_until_waiting()
    for number in (5, 6):
        spell.feed({"t": "invoke", "id": number, "fn": 1, "args": [number]})
    calls = {one["in"]: one["id"] for one in spell.log if one.get("in")}
    for number in (6, 5):
        spell.feed({"t": "settle", "id": calls[number], "ok": True, "value": number})
        assert spell.returns[number]["value"] == number


def test_output_becomes_posts(start: Start) -> None:
    spell = start("""
        import sys, logging
        print("a", 1, sep="-")
        print("two\\nlines")
        print("no", end=" ")
        print("newline")
        sys.stdout.write("rest")
        print("odd", file=sys.stderr)
        log.info("told", x=1)
        log("warn", "careful")
        info("global")
        log.error({"any": "value"})
    """)
    spell.run()
    assert spell.printed == ["a-1", "two\nlines", "no newline", "rest"]
    assert spell.posts("Log.warn") == [["odd"], ["careful"]]
    assert spell.posts("Log.info") == [["told", {"x": 1}], ["global"]]
    assert spell.posts("Log.error") == [["{'any': 'value'}"]]


def test_a_machine_that_may_speak_does_so_at_once(start: Start) -> None:
    heard: list[Any] = []
    machine = PythonMachine()
    machine.speak = heard.append
    machine.feed(
        {"t": "hello", "v": 1, "api": "P print", "name": "s", "source": "print(1)\n2", "env": {}, "params": {}}
    )
    out = machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert [one["args"] for one in heard] == [["1"]]
    assert [one["t"] for one in out] == ["return"]
    machine.close()


MODULES = {
    "helper": ("helper.py", "from llmspell import params\nimport pack.part\nVALUE = params['n'] + pack.part.ONE"),
    "pack": ("pack/__init__.py", "from . import part\nfrom .part import ONE"),
    "pack.part": ("pack/part.py", "ONE = 1\ndef fail():\n    raise ValueError('in part')"),
    "bad": ("bad.py", "def f(:\n    pass"),
    "ring": ("ring.py", "import ring2\nA = 1\ndef b():\n    return ring2.B"),
    "ring2": ("ring2.py", "import ring\nB = 2\ndef a():\n    return ring.A"),
    "space.inner": ("space/inner.py", "X = 'inner'"),
    "loop.one": ("loop/one.py", "NAME = 'one'\nfrom loop import two\nSEEN = two.SEEN"),
    "loop.two": ("loop/two.py", "from loop import one as other\nSEEN = other.NAME"),
}


@pytest.fixture
def modules(failing: Any) -> dict[str, Callable[..., Any]]:
    """Give the operation that reads modules of the spell."""

    def load(name: str) -> Any:
        if name not in MODULES:
            failing({"type": "resource_unavailable", "code": 2102, "message": f"no {name}"})()
        path, source = MODULES[name]
        return {"name": path, "source": source}

    return {"Module.load": load}


IMPORTS = {
    "a module and a package": ("import helper\nhelper.VALUE", 8),
    "a name of a package": ("from pack import ONE, part\n[ONE, part.__name__, part.__file__]", [1, "pack.part", "pack/part.py"]),
    "inside a function": ("def f():\n    import helper\n    return helper\n[f() is f(), f().VALUE]", [True, 8]),
    "a ring": ("import ring\n[ring.b(), ring.ring2.a()]", [2, 1]),
    "a ring within a folder": ("import loop.one\nloop.one.SEEN", "one"),
    "a folder without __init__": ("from space import inner\ninner.X", "inner"),
    "the standard library": ("import json, os.path\njson.dumps([os.path.join('a', 'b')])", '["a/b"]'),
    "what is not there": ("try:\n    import nowhere\nexcept ModuleNotFoundError as e:\n    n = e.name\nn", "nowhere"),
    "star": ("from pack.part import *\nONE", 1),
}  # fmt: skip


@pytest.mark.parametrize(("source", "value"), IMPORTS.values(), ids=IMPORTS)
def test_imports(python: Python, modules: Any, source: str, value: Any) -> None:
    assert python(source, modules, params={"n": 7}) == value


def test_a_module_is_fetched_once_and_the_standard_library_never(start: Start, modules: Any) -> None:
    spell = start("import helper, pack.part, json\nfrom pack import part\n1", modules, params={"n": 7})
    assert spell.run() == 1
    assert sorted(name for (name,) in spell.calls("Module.load")) == ["helper", "pack", "pack.part"]


def test_an_error_in_a_module_names_the_module(python: Python, modules: Any) -> None:
    assert python("from pack.part import fail\nfail()", modules)["where"] == "pack/part.py:3"
    error = python("import bad", modules)
    assert (error["type"], error["message"][:12]) == ("syntax", "SyntaxError:")
    assert "bad.py, line 1" in error["message"]


def test_machines_share_no_modules(start: Start, modules: Any) -> None:
    one = start("import pack.part\npack.part.ONE = 5\npack.part.ONE", modules)
    other = start("import pack.part\npack.part.ONE", modules)
    assert (one.run(), other.run()) == (5, 1)


def test_results(python: Python) -> None:
    assert python("'just a docstring'") is None
    assert python("x = 1\nif x:\n    x") is None
    assert python("1\nx = 2") is None
    assert python("1;2") == 2
    assert python("") is None


def test_json(python: Python) -> None:
    source = """
        found = [JSON.encode({"b": 1, "a": [None, 1.5]}), JSON.stringify({"a": 1}, pretty=True), JSON.decode('{"a": 1}').a]
        for bad in (lambda: JSON.decode("{"), lambda: JSON.encode({"f": print}), lambda: JSON.encode([float("nan")]),
                    lambda: JSON.decode("NaN"), lambda: JSON.encode(b"x")):
            try:
                bad()
            except LlmspellError as error:
                found.append(error.type)
        found
    """
    kinds = ["validation", "conversion", "conversion", "validation", "conversion"]
    assert python(source) == ['{"a":[null,1.5],"b":1}', '{\n  "a": 1\n}', 1, *kinds]


def test_an_engine_that_lacks_a_local_function_says_so(start: Start) -> None:
    error = start("1", api="N Async sleep newest=").hello["error"]
    assert "Async.newest" in error["message"]
