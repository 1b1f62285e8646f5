"""Corners of the agent loop: ids, offers, conversations side by side, streams nobody reads, rights of a caller."""

from __future__ import annotations

import asyncio
import json

import pytest
from attrs import evolve

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import (
    AgentExecutionError,
    HookError,
    HookFailedError,
)
from llmspell.model.agent import AgentInput, RunDone
from llmspell.model.decision import Answer, Proceed
from llmspell.model.llm import (
    Finish,
    Reset,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    message,
)
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants
from llmspell.spec import provider

SQUARE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def ask(*numbers, name="square"):
    return {"tool_calls": [{"name": name, "arguments": {"n": n}} for n in numbers]}


async def test_a_stream_that_was_read_to_its_end_can_be_asked_for_its_result(model, agent):
    model([{"text": "once"}])
    async with (await agent()).stream("go") as stream, asyncio.timeout(5):
        assert [part async for part in stream][-1].result.content == "once"
        assert (await stream.result()).content == "once"
        assert [part async for part in stream] == []


async def test_a_reader_of_a_stream_learns_that_the_run_was_cancelled(run, model, agent):
    async def gone(args, ctx):
        raise asyncio.CancelledError

    run.app.tools.register(run, "gone", "Vanish.", ScriptTool(gone, SQUARE), category="test")
    model([ask(1, name="gone")])
    async with (await agent(tools=("gone",))).stream("go") as stream, asyncio.timeout(5):
        with pytest.raises(AgentExecutionError, match="cancelled"):
            await stream.result()


async def test_a_stream_nobody_reads_holds_the_model_back_and_is_left_at_once(model, agent):
    model([{"text": "x" * 24 * 200}])
    one = await agent()
    async with asyncio.timeout(5), one.stream("go"):
        pass
    assert one.history == ()


async def test_an_error_of_who_takes_the_parts_is_not_the_providers(model, agent):
    model([{"text": "hello"}])

    async def sink(part):
        message = "the reader broke"
        raise ValueError(message)

    with pytest.raises(ValueError, match="the reader broke"):
        await (await agent()).execute("go", sink=sink)


async def test_chats_side_by_side_are_both_remembered(model, agent):
    model([{"text": "{{input}}!"}, {"text": "{{input}}!"}])
    one = await agent()
    await asyncio.gather(one.chat("a"), one.chat("b"))
    assert sorted(m.text for m in one.history) == ["a", "a!", "b", "b!"]
    assert [m.role for m in one.history] == ["user", "assistant", "user", "assistant"]


async def test_what_a_hook_took_out_of_a_message_is_not_remembered(run, model, agent):
    made = model([{"text": "one"}, {"text": "two"}])

    def redact(call):
        text = call.input.message.text.replace("4111", "****")
        return Proceed(call.replace(input=evolve(call.input, message=message("user", text))))

    run.hooks.register("before_agent_execution", redact)
    one = await agent()
    await one.chat("card 4111")
    await one.chat("again")
    assert [m.text for m in made.requests[1].messages] == ["card ****", "one", "again"]


async def test_a_conversation_that_comes_with_the_input_replaces_the_one_before(model, agent):
    model([{"text": "one"}, {"text": "two"}])
    one = await agent()
    await one.chat("first")
    await one.execute(AgentInput(message=message("user", "new"), history=(message("user", "given"),)))
    assert [m.text for m in one.history] == ["given", "new", "two"]


async def test_a_hook_that_answers_with_something_else_is_told_so(run, model, agent):
    model([])
    run.hooks.register("before_agent_execution", lambda call: Answer("just text"))
    with pytest.raises(HookError, match="wanted an AgentResult"):
        await (await agent()).chat("x")


async def test_another_attempt_of_a_streamed_run_voids_the_first(run, model, agent):
    model([{"text": "half"}, {"text": "whole"}])
    run.hooks.register("after_llm_call", lambda result: 1 / 0 if result.message.text == "half" else None)
    parts: list[object] = []

    async def again(call, proceed):
        try:
            return await proceed(call)
        except HookFailedError:
            return await proceed(call)

    async def sink(part):
        parts.append(part)

    run.hooks.register("around_agent_execution", again)
    await (await agent()).execute("go", sink=sink)
    texts = [p.text if isinstance(p, TextDelta) else p for p in parts if isinstance(p, (TextDelta, Reset))]
    assert texts == ["half", Reset(2), "whole"]


async def test_a_hook_that_redirects_the_parts_of_a_run_gets_those_of_its_tools_too(run, model, agent):
    async def speak(args, ctx):
        await ctx.emit("from the tool")
        return 1

    run.app.tools.register(run, "speak", "Emit a part.", ScriptTool(speak, SQUARE), category="test")
    model([ask(1, name="speak"), {"text": "x"}])
    direct: list[object] = []
    taken: list[object] = []

    async def sink(part):
        direct.append(part)

    async def take(part):
        taken.append(part)

    async def divert(call, proceed):
        return await proceed(call.with_sink(take))

    run.hooks.register("around_agent_execution", divert)
    await (await agent(tools=("speak",))).execute("go", sink=sink)
    assert "from the tool" in taken
    assert [type(part) for part in direct] == [RunDone]  # the end is told to who asked, as the hooks left it


async def test_calls_with_one_id_or_none_get_ids_of_their_own(run, agent, square):
    class Sloppy:
        """Give every call the same id, or none."""

        async def stream(self, request, ctx):
            turn = sum(m.role == "assistant" for m in request.messages)
            for index, given in enumerate(("same", "same", "")) if turn < 2 else ():
                yield ToolCallStart(index, given, "square")
                yield ToolCallDelta(index, json.dumps({"n": turn * 3 + index}))
                yield ToolCallEnd(index)
            yield Finish("stop")

    run.app.catalog.register(provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x"), Sloppy(), owner=run.id)
    result = await (await agent(tools=("square",))).execute("go")
    ids = [r.call.id for r in result.tool_calls]
    assert all(ids)
    assert len(set(ids)) == len(ids) == 6
    told = [p.id for m in result.messages if m.role == "tool" for p in m.parts]
    asked = [c.id for m in result.messages for c in m.tool_calls]
    assert told == asked == ids


async def test_an_empty_answer_ends_the_run(run, agent):
    class Silent:
        """Say nothing."""

        async def stream(self, request, ctx):
            yield Finish("length")

    run.app.catalog.register(provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x"), Silent(), owner=run.id)
    result = await (await agent()).execute("go")
    assert (result.content, result.finish_reason, result.tool_calls) == ("", "length", ())


async def test_a_tool_offered_under_another_name_is_called_by_its_own(run, model, agent):
    calls = []

    async def handler(args, ctx):
        calls.append(args["n"])
        return args["n"]

    run.app.tools.register(
        run, "square", "Square.", ScriptTool(handler, SQUARE), category="test", aliases=("quadrat", "carre")
    )
    made = model([ask(2), {"text": "x"}])
    result = await (await agent(tools=("quadrat", "script:square", "square"))).execute("go")
    assert [t.name for t in made.requests[0].tools] == ["square"]
    assert [r.outcome for r in result.tool_calls] == ["done"]
    assert calls == [2]


async def test_a_tool_that_a_hook_withheld_is_not_run(run, model, agent, square):
    model([ask(2), {"text": "{{results.0.error}}"}])
    run.hooks.register("before_tools_available", lambda call: Proceed(call.replace(input=())))
    result = await (await agent(tools=("square",))).execute("go")
    assert "offered: none" in result.content
    assert square == []


async def test_a_hook_must_offer_tools(run, model, agent, square):
    model([])
    run.hooks.register("before_tools_available", lambda call: Answer("square"))
    with pytest.raises(HookError, match="wanted tool descriptions"):
        await (await agent(tools=("square",))).execute("go")


async def test_a_result_that_is_no_data_has_failed(run, model, agent):
    async def circle(args, ctx):
        value: dict[str, object] = {}
        value["self"] = value
        return value

    run.app.tools.register(run, "circle", "Go round.", ScriptTool(circle, SQUARE), category="test")
    model([ask(1, name="circle"), {"text": "{{results.0.error}}"}])
    result = await (await agent(tools=("circle",))).execute("go")
    assert "no JSON data" in result.content
    assert result.tool_calls[0].outcome == "failed"


async def test_a_hook_must_give_a_tool_named_arguments(run, square):
    run.hooks.register("before_tool_execution", lambda call: Proceed(call.replace(input=[3])))
    with pytest.raises(HookError, match="wanted named arguments"):
        await run.app.tools.execute(run.context(), "square", {"n": 3})
    assert square == []


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_agent_has_no_more_rights_than_its_caller(app, run, model, agent, streamed):
    seen = []

    async def look(args, ctx):
        seen.append((ctx.scope.grants.allows("agent.spawn", "x"), ctx.scope.grants.allows("state.write", "x")))
        return 1

    run.app.tools.register(run, "look", "Look at the rights.", ScriptTool(look, SQUARE), category="test")
    model([ask(1, name="look"), {"text": "x"}])
    one = await agent(tools=("look",))
    ctx = run.context()
    less = ctx.within(None, "less", scope=run.scope.child("call", "less", grants=Grants.parse(["agent.spawn"])))
    if streamed:
        async with one.stream("go", ctx=less) as stream:
            await stream.result()
    else:
        await one.execute("go", ctx=less)
    assert seen == [(True, False)]


async def test_runs_do_not_see_each_others_providers(app):
    async with app.run("one") as one, app.run("two") as two:
        for each in (one, two):
            described = provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x", default_model=each.name)
            app.catalog.register(described, ScriptedModel([]), owner=each.id)
        assert app.models.choose(one, "fake").model == "one"
        assert app.models.choose(two, "fake").model == "two"
