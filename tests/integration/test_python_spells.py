"""The script API through the real Python engine: what a spell of a few lines may rely on."""

from __future__ import annotations

import json
import textwrap

import pytest


@pytest.fixture(params=["process", "inline"])
def cast(request, llmspell, tmp_path):
    """Run Python text and give its result; data files lie in the working folder."""

    def run(source, *words, steps=None, status=0):
        (tmp_path / "spell.py").write_text(textwrap.dedent(source).strip("\n"))
        if steps is not None:
            (tmp_path / "spell.model.json").write_text(json.dumps({"steps": steps}))
        done = llmspell("run", "spell.py", "--isolation", request.param, "--json", *words)
        assert done.status == status, done
        return json.loads(done.out)

    return run


def test_handlers_see_what_was_emitted_before_the_last_line(cast):
    source = """
        seen = []
        @Events.subscribe("ping")
        async def heard(event):
            seen.append(event.data.by)
            if sum(seen) == 55:
                print("all")
        for i in range(1, 11):
            await Events.emit("ping", by=i)
    """
    assert cast(source)["output"] == ["all"]


def test_both_spellings_of_option_keys(cast):
    source = """
        a = await Agent.new(name="a", systemPrompt="x", maxTokens=5)
        b = await Agent({"name": "b", "system_prompt": "x", "max_tokens": 5})
        [(await a.get_config()).max_tokens, (await b.getConfig()).max_tokens]
    """
    assert cast(source, steps=[])["result"] == [5, 5]


def test_an_unknown_option_names_the_nearest(cast):
    error = cast('await Agent.new(name="a", sytem_prompt="x")', steps=[], status=2)["error"]
    assert error["type"] == "validation"
    assert "system_prompt" in error["message"] + " ".join(error["suggestions"])


def test_a_tool_by_every_name(cast):
    source = """
        from llmspell import CalculatorTool as Made
        asked = {"expression": "6*7"}
        [
            (await Tools.calculator.execute(asked)).value,
            (await Tools.get("calculator").call(**asked)).result.value,
            (await CalculatorTool().execute(asked)).value,
            (await Made().run(asked))["value"],
            (await Tools.get("calculator")).name,
        ]
    """
    assert cast(source)["result"] == [42, 42, 42, 42, "calculator"]


def test_a_failure_raises_or_is_returned(cast):
    source = """
        calculator = await Tools.get("calculator")
        try:
            await calculator.execute(expression="1 +")
        except ToolError as error:
            caught = error
        back = await calculator.execute({"expression": "1 +"}, on_error="return")
        [caught.type == back.error.type, back.success, caught.where]
    """
    same, success, where = cast(source)["result"]
    assert (same, success) == (True, False)
    assert where.endswith("spell.py:3")


def test_a_tool_written_in_python_is_called_by_an_agent(cast):
    source = '''
        @tool
        async def shout(text: str):
            """Shout."""
            await Async.sleep(1)
            return {"loud": text.upper()}

        agent = await Agent.new(name="a", tools=[shout])
        (await agent.execute("go")).content
    '''
    steps = [
        {"tool_calls": [{"name": "shout", "arguments": {"text": "hey"}}]},
        {"text": "{{results.0.loud}}!"},
    ]
    assert cast(source, steps=steps)["result"] == "HEY!"


def test_a_python_hook_vetoes_and_changes(cast):
    source = """
        @Hooks.register("before_tool_execution", priority=600)
        async def guard(context):
            await Async.sleep(1)
            if context.input.expression == "2+2":
                return {"refuse": "too easy"}
            context.input.expression += "+1"
            return context
        agent = await Agent.new(name="a", tools=["calculator"])
        result = await agent.execute(input="go")
        [result.tool_calls[0].outcome, result.tool_calls[1].outcome, result.content]
    """
    steps = [
        {"tool_calls": [{"name": "calculator", "arguments": {"expression": e}} for e in ("2+2", "3*3")]},
        {"text": "{{results.1.value}}"},
    ]
    assert cast(source, steps=steps)["result"] == ["refused", "done", "10"]


def test_a_stream(cast):
    source = """
        agent = await Agent.new(name="a")
        texts = []
        async with agent.stream("go") as parts:
            async for part in parts:
                if part.type == "text":
                    texts.append(part.text)
        last = [part.type async for part in agent.stream("again")][-1]
        ["".join(texts), last]
    """
    assert cast(source, steps=[{"text": "one two three"}, {"text": "x"}])["result"] == ["one two three", "done"]


def test_asyncio_and_the_api_side_by_side(cast):
    source = """
        import asyncio
        async def work(n):
            await asyncio.sleep(0.01)
            return (await Tools.calculator.execute(expression=f"{n}*2")).value
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work(n)) for n in range(5)]
        try:
            async with asyncio.timeout(0.01):
                await Async.sleep(10_000)
        except TimeoutError:
            late = True
        [[task.result() for task in tasks], late, await asyncio.wait_for(work(7), 5)]
    """
    assert cast(source)["result"] == [[0, 2, 4, 6, 8], True, 14]


def test_modules_come_from_the_spell_s_folder(cast, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("from .inner import answer\n")
    inner = """
        from llmspell import Tools

        async def answer():
            return (await Tools.calculator.execute(expression="6*7")).value
    """
    (tmp_path / "pack" / "inner.py").write_text(textwrap.dedent(inner))
    assert cast("import pack\nawait pack.answer()")["result"] == 42


def test_a_module_cannot_be_a_link_out_of_the_folder(cast, tmp_path_factory, tmp_path):
    away = tmp_path_factory.mktemp("away") / "secret_module.py"
    away.write_text("X = 1")
    (tmp_path / "secret_module.py").symlink_to(away)
    error = cast("x = 1\nimport secret_module", status=4)["error"]
    assert error["code"] == 4006
    assert error["where"].endswith("spell.py:2")


def test_an_uncaught_error_names_file_line_and_stack(cast):
    error = cast("def f():\n    raise ValueError('boom')\n\nf()", status=1)["error"]
    assert (error["type"], error["message"]) == ("runtime", "ValueError: boom")
    assert error["where"].endswith("spell.py:2")


def test_storage_parameters_and_environment(cast):
    source = """
        await Storage.set("k", {"n": 1, "f": 1.5, "list": [1, 2], "t": True})
        [await Storage.get("k"), await Storage.get("none", default=5), params.count, ENGINE, SANDBOX_ENABLED]
    """
    kept = {"n": 1, "f": 1.5, "list": [1, 2], "t": True}
    assert cast(source, "--param", "count:=3")["result"] == [kept, 5, 3, "python", True]


def test_a_callback_of_a_spell_with_less_rights_has_less(cast):
    assert cast("await Tools.get('file_writer').execute(path='x', content='y')", status=4)["error"]["code"] == 2006


def test_recovery_takes_functions_of_the_script(cast):
    source = """
        tries = []
        def again():
            tries.append(1)
            return "fine"
        error = LlmspellError("slow", type="rate_limit", recoverable=True)
        outcome = await ErrorHandler.attempt_recovery(error, {"operation": again, "delay": 0})
        [outcome.success, outcome.data, len(tries)]
    """
    assert cast(source)["result"] == [True, "fine", 1]


def test_an_object_to_come_is_used_as_one_that_is_there(cast):
    source = """
        import asyncio
        agent = Agent.new(name="a")
        async with agent.stream("go") as parts:
            whole = "".join([part.text async for part in parts if part.type == "text"])
        last = [part.type async for part in Agent.get("a").stream("go")][-1]
        try:
            await Tools.get("calculator").execute(expression="1 / 0")
        except ToolError as error:
            where = error.where
        [whole, last, await asyncio.gather(agent.chat("1"), Agent.get("a").chat("2")), where.rpartition(":")[2]]
    """
    assert cast(source, steps=[{"text": "x"}])["result"] == ["x", "done", ["x", "x"], "7"]
