"""Structured output beside tools, in every mode that a provider declares, in streams, steps and runs taken up."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from llmspell.errors import (
    CapabilityMissingError,
    ContentFilterError,
    LimitReachedError,
    OutputMismatchError,
    RunStateError,
    SchemaError,
    ValidationError,
)
from llmspell.model.agent import Limits, RunDone
from llmspell.model.approval import Decision
from llmspell.model.llm import Finish, TextDelta
from llmspell.model.output import Partial, output_of
from llmspell.model.run_state import RunState
from llmspell.runtime.tools import ScriptTool
from llmspell.spec import provider
from llmspell.testing import script_model
from tests.unit.runtime.output.answers import ADA, MODES, PERSON, Point, answering

# -- beside tools ------------------------------------------------------------------------------------------------------


async def test_the_output_tool_stands_beside_others(model, agent, square):
    made = model([{"tool_calls": [{"name": "square", "arguments": {"n": 3}}]}, answering("tool", {"name": "9"})])
    result = await (await agent(tools=("square",), output=PERSON, output_mode="tool")).execute("go")
    assert result.data == {"name": "9"}
    assert [record.call.name for record in result.tool_calls] == ["square"]
    assert [spec.name for spec in made.requests[0].tools] == ["square", "answer"]
    assert made.requests[0].tool_choice == "required"
    assert result.messages[-1].parts[0].content == "taken as the final answer"


async def test_tools_of_the_same_answer_run_and_the_answer_is_taken(model, agent, square):
    both = [{"name": "answer", "arguments": ADA}, {"name": "square", "arguments": {"n": 2}}]
    made = model([{"tool_calls": both}, {"text": "Welcome."}])
    one = await agent(tools=("square",), output=PERSON, output_mode="tool")
    result = await one.execute("go")
    assert (result.data, square) == (ADA, [2])
    assert [r.outcome for r in result.tool_calls] == ["done"]
    outcomes = {part.name: part.outcome for part in result.messages[-1].parts}
    assert outcomes == {"square": "done", "answer": "done"}
    made.steps[1:] = [answering("tool", {"name": "Bob"})]
    assert (await one.execute("and now?")).data == {"name": "Bob"}  # every call of the history has its result


@pytest.mark.usefixtures("square")
@pytest.mark.parametrize(("kind", "value"), [(PERSON, ADA), (["string"], ["a"])])
async def test_the_conversation_has_an_answer_of_the_output_tool_as_text(model, agent, kind, value):
    wrapped = value if isinstance(value, dict) else {"value": value}
    both = [{"name": "answer", "arguments": {"wrong": 1}}, {"name": "square", "arguments": {"n": 2}}]
    made = model([{"tool_calls": both}, answering("tool", wrapped), {"text": "Welcome."}])
    one = await agent(tools=("square",), output_mode="tool")
    result = await one.execute("go", output=kind)
    assert result.data == value
    assert [call.name for message in result.messages for call in message.tool_calls] == ["answer", "square", "answer"]
    assert await one.chat("and now?") == "Welcome."
    told = made.requests[-1].messages[:-1]
    assert [call.name for message in told for call in message.tool_calls] == ["square"]
    assert [(message.role, message.text, message.automatic) for message in told[1:] if message.text] == [
        ("assistant", '{"wrong": 1}', False), ("user", told[3].text, True), ("assistant", json.dumps(value), False),
    ]  # fmt: skip
    assert told[3].text.startswith("This answer does not fit:")
    assert [message.role for message in told] == ["user", "assistant", "tool", "user", "assistant"]


async def test_a_wrong_answer_beside_a_tool_keeps_the_outcome_of_the_tool(model, agent, square):
    both = [{"name": "square", "arguments": {"n": 2}}, {"name": "answer", "arguments": {}}]
    made = model([{"tool_calls": both}, answering("tool", ADA)])
    result = await (await agent(tools=("square",), output=PERSON, output_mode="tool")).execute("go")
    assert (result.data, square) == (ADA, [2])
    outcomes = {part.name: part.outcome for part in made.requests[1].messages[-1].parts}
    assert outcomes == {"square": "done", "answer": "failed"}


async def test_the_first_answer_that_fits_is_taken(model, agent):
    calls = [{"name": "answer", "arguments": one} for one in ({}, ADA, {"name": "Bob"})]
    model([{"tool_calls": calls}])
    result = await (await agent(output=PERSON, output_mode="tool")).execute("go")
    assert result.data == ADA
    assert [part.outcome for part in result.messages[-1].parts] == ["failed", "done", "not_run"]


async def test_a_tool_of_the_output_tools_name_keeps_it(run, model, agent, square):
    async def handler(args, ctx):
        return "heard"

    run.app.tools.register(run, "answer", "Answer the door.", ScriptTool(handler, {"type": "object"}), category="test")
    made = model([{"tool_calls": [{"name": "answer"}]}, answering("tool", ADA, name="answer_")])
    result = await (await agent(tools=("answer",), output=PERSON, output_mode="tool")).execute("go")
    assert (result.data, [r.result for r in result.tool_calls]) == (ADA, ["heard"])
    assert [spec.name for spec in made.requests[0].tools] == ["answer", "answer_"]


async def test_text_in_the_place_of_the_output_tool_is_taken_when_it_fits(model, agent):
    made = model([{"text": "I would say so."}, {"text": json.dumps(ADA)}])
    assert (await (await agent(output=PERSON, output_mode="tool")).execute("go")).data == ADA
    assert "Call the tool 'answer' once more" in made.requests[1].messages[-1].text


async def test_arguments_that_came_as_broken_text_are_read_once_more(model, agent):
    model([{"tool_calls": [{"name": "answer", "arguments": [ADA]}]}])
    assert (await (await agent(output=[PERSON], output_mode="tool")).execute("go")).data == [ADA]


# -- the way of asking -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("can", "tools", "mode"),
    [
        (("tools", "json_schema"), (), "native"),
        (("tools", "json_schema"), ("square",), "tool"),
        (("tools", "json_schema", "json_schema_with_tools"), ("square",), "native"),
        (("tools",), (), "tool"),
        ((), (), "prompted"),
    ],
)
@pytest.mark.usefixtures("square")
async def test_the_way_is_chosen_by_what_the_provider_declares(run, agent, can, tools, mode):
    made = script_model(run, [answering(mode, ADA)], capabilities=can)
    result = await (await agent(output=PERSON, tools=tools)).execute("go")
    assert (result.data, result.metadata["output_mode"]) == (ADA, mode)
    assert made.requests[0].tool_choice == "auto"  # this provider does not say that a call can be forced


@pytest.mark.parametrize("mode", ["native", "tool"])
async def test_a_way_that_a_provider_lacks_is_refused_by_name(run, agent, mode):
    made = script_model(run, [answering(mode, ADA)], capabilities=("text",))
    with pytest.raises(CapabilityMissingError, match="output_mode"):
        await (await agent(output=PERSON, output_mode=mode)).execute("go")
    assert made.requests == []


async def test_a_prompt_carries_the_schema_where_nothing_else_does(model, agent):
    made = model([{"text": json.dumps(ADA)}])
    await (await agent(output=PERSON, output_mode="prompted", system_prompt="Be brief.")).execute("go")
    request = made.requests[0]
    assert request.system.startswith("Be brief.\n\n")
    assert '"age"' in request.system
    assert (request.response_schema, request.tools) == (None, ())


async def test_a_run_may_have_an_output_of_its_own(model, agent):
    model([{"text": json.dumps(ADA)}, {"text": "Hello."}, answering("tool", {"x": 1})])
    one = await agent()
    assert (await one.execute("go", output=PERSON)).data == ADA
    assert (await one.execute("go")).data is None
    assert (await one.execute("go", output=output_of(Point, "tool", 0))).data == Point(1)


async def test_a_refusal_is_an_error_and_not_asked_again(run, agent):
    class Refusing:
        asked = 0

        async def stream(self, request, ctx):
            self.asked += 1
            yield TextDelta("I would rather not.")
            yield Finish("content_filter")

    refusing = Refusing()
    run.app.catalog.register(provider("fake", "nowhere:Refusing", "No."), refusing, owner=run.id)
    with pytest.raises(ContentFilterError, match="I would rather not"):
        await (await agent(output=PERSON)).execute("go")
    assert refusing.asked == 1


async def test_an_answer_that_was_cut_is_said_to_be(run, agent):
    class Cutting:
        requests: list[Any] = []  # noqa: RUF012 - of one test

        async def stream(self, request, ctx):
            self.requests.append(request)
            yield TextDelta('{"name": "A')
            yield Finish("length")

    run.app.catalog.register(provider("fake", "nowhere:Cutting", "Short."), Cutting(), owner=run.id)
    with pytest.raises(OutputMismatchError, match="cut off"):
        await (await agent(output=PERSON, output_retries=1)).execute("go")
    assert "be shorter" in Cutting.requests[1].messages[-1].text


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"output": {"name": "strng"}}, SchemaError),
        ({"output": {"type": "object", "properties": {"a": {"type": "nonsense"}}}}, SchemaError),
        ({"output": {"type": "array", "items": {"$ref": "https://example.com/x"}}}, SchemaError),
        ({"output": complex}, SchemaError),
        ({"output": PERSON, "output_mode": "loud"}, ValidationError),
        ({"output": PERSON, "output_retries": -1}, ValidationError),
        ({"output": PERSON, "output_retries": True}, ValidationError),
    ],
)
async def test_a_wrong_output_is_an_error_before_anything_is_spent(agent, wrong, kind):
    with pytest.raises(kind) as caught:
        await agent(**wrong)
    assert caught.value.suggestions


# -- streams and steps -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
async def test_a_stream_tells_what_is_valid_so_far_and_ends_alike(model, agent, mode):
    story = {"title": "A tale", "lines": ["once upon a time", "there was"], "kind": "short"}
    kind = {"title": "string", "lines": ["string"], "kind": {"enum": ["long", "short"]}}
    model([answering(mode, story)] * 2)
    one = await agent(output=kind, output_mode=mode)
    async with one.stream("go") as stream:
        parts = [part async for part in stream]
    partial: list[Any] = [part.data for part in parts if isinstance(part, Partial)]
    assert isinstance(parts[-1], RunDone)
    assert parts[-1].result.data == (await one.execute("go")).data == partial[-1] == story
    if mode != "tool":  # the scripted model sends the arguments of a call in one piece
        assert len(partial) > 2
    assert all("kind" not in data or data["kind"] == "short" for data in partial)
    for before, after in itertools.pairwise(partial):
        assert after["title"].startswith(before.get("title", ""))


async def test_a_run_is_taken_up_with_its_output(model, agent):
    model([{"text": "none"}, *[{"text": json.dumps({"x": 1})}] * 2])
    one = await agent(output=Point)
    async with one.steps("go") as steps:
        async for _ in steps:
            state = json.loads(json.dumps(steps.state()))
            break
    assert state["data"]["asked_again"] == 1
    result = await one.resume(state)
    assert result.data == Point(1)
    assert (await (await agent()).resume(state)).data == {"x": 1, "y": 7}  # who has no class gives the data


async def test_an_answer_waits_for_the_tools_beside_it_and_for_who_decides_about_them(model, agent, square):
    both = [{"name": "answer", "arguments": {"x": 1}}, {"name": "square", "arguments": {"n": 2}}]
    model([{"tool_calls": both}])
    one = await agent(tools=("square",), output=Point, output_mode="tool", approve=True)
    paused = await one.execute("go")
    assert (paused.status, paused.data, [call.tool for call in paused.pending]) == ("paused", None, ["square"])
    state = json.loads(json.dumps(paused.state))
    result = await one.resume(state, {paused.pending[0].id: Decision(verdict="approve")})
    assert (result.status, result.data, square) == ("done", Point(1), [2])
    assert (result.content, result.finish_reason) == ('{"x": 1, "y": 7}', "stop")
    assert {part.name: part.outcome for part in result.messages[-1].parts} == {"square": "done", "answer": "done"}


@pytest.mark.parametrize(
    "output",
    [
        3,
        {},
        {"schema": 3},
        {"schema": {"type": "nonsense"}},
        {"schema": {"type": "string"}, "mode": "loud", "retries": 1},
    ],
)
async def test_a_damaged_output_of_a_state_is_refused(model, agent, output):
    model([{"text": "none"}, {"text": "3"}])
    one = await agent(output="integer")
    async with one.steps("go") as steps:
        async for _ in steps:
            state = steps.state()
            break
    state["data"]["output"] = output
    with pytest.raises(RunStateError, match="damaged"):
        await one.resume(state)


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_that_never_fitted_can_be_taken_up(model, agent, mode):
    model([answering(mode, {}), answering(mode, {"name": "Ada"})])
    one = await agent(output=PERSON, output_mode=mode, output_retries=0)
    with pytest.raises(OutputMismatchError) as caught:
        await one.execute("Who?")
    state = caught.value.run_state
    assert isinstance(state, RunState)
    assert state.messages[-1].role == ("tool" if mode == "tool" else "user")  # the model was told what is wrong
    assert (await one.resume(state)).data == {"name": "Ada"}


async def test_calls_beyond_the_limit_are_not_run_and_the_answer_beside_them_has_no_record(model, agent, square):
    both = [{"name": "square", "arguments": {"n": n}} for n in (2, 3)]
    model([{"tool_calls": [*both, {"name": "answer", "arguments": ADA}]}])
    one = await agent(tools=("square",), output=PERSON, output_mode="tool", limits=Limits(tool_calls=1))
    with pytest.raises(LimitReachedError) as caught:
        await one.execute("go")
    state = caught.value.run_state
    assert isinstance(state, RunState)
    assert [(one.call.name, one.outcome) for one in state.records] == [
        ("square", "done"),
        ("square", "not_run"),
    ]
