"""The agent loop: tools, limits, errors told to the model, memory, streams, cancellation."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from llmspell.errors import (
    AgentConfigError,
    AgentTimeoutError,
    HookFailedError,
    LimitReachedError,
    PermissionDeniedError,
    RateLimitError,
    ScriptedModelError,
    ToolNotFoundError,
)
from llmspell.model.agent import Limits, RunDone, ToolRecord
from llmspell.model.decision import Proceed, Refuse
from llmspell.model.llm import (
    Done,
    TextDelta,
    ToolResult,
)
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants

SQUARE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def ask(*numbers, name="square"):
    return {"tool_calls": [{"name": name, "arguments": {"n": n}} for n in numbers]}


async def test_chat_returns_the_text(model, agent):
    made = model([{"text": "Hello {{input}}"}])
    assert await (await agent()).chat("Ada") == "Hello Ada"
    made.assert_exhausted()


async def test_tools_run_and_their_results_reach_the_model(model, agent, square):
    made = model([ask(3, 4), {"text": "{{results.0.square}} and {{results.1.square}}"}])
    result = await (await agent(tools=("square",))).execute("go")
    assert result.content == "9 and 16"
    assert sorted(square) == [3, 4]
    assert [r.outcome for r in result.tool_calls] == ["done", "done"]
    assert [r.result for r in result.tool_calls] == [{"square": 9}, {"square": 16}]
    assert [m.role for m in result.messages] == ["assistant", "tool", "assistant"]
    assert result.usage.requests == 2
    assert made.requests[0].tools[0].schema == SQUARE


async def test_wrong_arguments_are_told_to_the_model(model, agent, square):
    made = model([{"tool_calls": [{"name": "square", "arguments": {"m": "x"}}]}, ask(2), {"text": "done"}])
    result = await (await agent(tools=("square",))).execute("go")
    told = made.requests[1].messages[-1].parts[0]
    assert isinstance(told, ToolResult)
    assert told.outcome == "failed"
    assert "m" in told.content
    assert "n" in told.content
    assert [r.outcome for r in result.tool_calls] == ["failed", "done"]
    assert square == [2]


async def test_arguments_that_are_no_object_are_told_to_the_model(model, agent, square):
    made = model([{"tool_calls": [{"name": "square", "arguments": "three"}]}, {"text": "sorry"}])
    result = await (await agent(tools=("square",))).execute("go")
    assert result.tool_calls[0].outcome == "failed"
    assert "not a JSON object" in str(made.requests[1].messages[-1].parts[0])


async def test_a_tool_that_raises_is_told_to_the_model(model, agent, square):
    model([ask(13, 2), {"text": "{{results.0.error}}"}])
    result = await (await agent(tools=("square",))).execute("go")
    assert "unlucky" in result.content
    assert [r.outcome for r in result.tool_calls] == ["failed", "done"]


async def test_a_tool_that_was_not_offered_is_not_run(model, agent, square):
    model([ask(2), {"text": "{{results.0.error}}"}])
    result = await (await agent()).execute("go")
    assert "offered: none" in result.content
    assert square == []


async def test_a_refused_call_is_an_outcome(run, model, agent, square):
    model([ask(2, 3), {"text": "ok"}])
    run.hooks.register("before_tool_execution", lambda call: Refuse("odd") if call.input["n"] % 2 else None)
    result = await (await agent(tools=("square",))).execute("go")
    assert [r.outcome for r in result.tool_calls] == ["done", "refused"]
    assert square == [2]


async def test_a_failing_hook_ends_the_run(run, model, agent, square):
    model([ask(2), {"text": "never"}])
    run.hooks.register("before_tool_execution", lambda call: 1 / 0)
    with pytest.raises(HookFailedError):
        await (await agent(tools=("square",))).execute("go")
    assert square == []


async def test_calls_of_one_answer_run_side_by_side(run, model, agent):
    together = asyncio.Barrier(3)

    async def meet(args, ctx):
        await together.wait()
        return args["n"]

    run.app.tools.register(run, "meet", "Wait for two others.", ScriptTool(meet, SQUARE), category="test")
    model([ask(1, 2, 3, name="meet"), {"text": "met"}])
    async with asyncio.timeout(5):
        result = await (await agent(tools=("meet",))).execute("go")
    assert [r.result for r in result.tool_calls] == [1, 2, 3]


async def test_outcomes_have_the_order_of_the_calls_whoever_was_quicker(run, model, agent):
    ended: dict[int, asyncio.Event] = {n: asyncio.Event() for n in (1, 2, 3)}
    ended[3].set()

    async def backwards(args, ctx):
        n = args["n"]
        await ended[n].wait()
        if n > 1:
            ended[n - 1].set()
        return n

    run.app.tools.register(
        run, "backwards", "End last what began first.", ScriptTool(backwards, SQUARE), category="test"
    )
    model([ask(1, 2, 3, name="backwards"), {"text": "done"}])
    async with asyncio.timeout(5):
        result = await (await agent(tools=("backwards",))).execute("go")
    assert [r.result for r in result.tool_calls] == [1, 2, 3]


async def test_a_serial_tool_runs_alone(run, model, agent):
    inside: list[int] = []

    async def alone(args, ctx):
        inside.append(1)
        await asyncio.sleep(0)
        assert len(inside) == 1
        inside.pop()
        return args["n"]

    run.app.tools.register(
        run, "alone", "Suffer no other.", ScriptTool(alone, SQUARE), category="test", extra={"serial": True}
    )
    model([ask(1, 2, 3, name="alone"), {"text": "done"}])
    result = await (await agent(tools=("alone",))).execute("go")
    assert [r.outcome for r in result.tool_calls] == ["done"] * 3


async def test_turns_are_limited(model, agent, square):
    model([ask(n) for n in range(9)])
    with pytest.raises(LimitReachedError, match="3 turns") as caught:
        await (await agent(tools=("square",), limits=Limits(turns=3))).execute("go")
    assert caught.value.context["turns"] == 3
    assert square == [0, 1, 2]


async def test_tool_calls_are_limited_and_the_rest_is_not_run(run, model, agent, square):
    model([ask(1, 2, 3), {"text": "never"}])
    told = []
    run.app.events.subscribe("limit_reached", lambda event: told.append(event.data["limit"]))
    with pytest.raises(LimitReachedError, match="2 tool calls") as caught:
        await (await agent(tools=("square",), limits=Limits(tool_calls=2))).execute("go")
    told_calls = cast("list[dict[str, str]]", caught.value.context["tool_calls"])
    assert [c["outcome"] for c in told_calls] == ["done", "done", "not_run"]
    assert told == ["tool_calls"]


async def test_time_is_limited(run, model, agent):
    async def never(args, ctx):
        await asyncio.Event().wait()

    run.app.tools.register(run, "never", "Never return.", ScriptTool(never, SQUARE), category="test")
    model([ask(1, name="never")])
    with pytest.raises(AgentTimeoutError):
        await (await agent(tools=("never",), limits=Limits(seconds=0.01))).execute("go")


async def test_tokens_are_limited(model, agent):
    model([{"text": "x" * 4000}])
    with pytest.raises(LimitReachedError, match="tokens"):
        await (await agent(limits=Limits(tokens=100))).execute("go")


async def test_the_conversation_is_remembered_and_can_be_forgotten(model, agent):
    made = model([{"text": "one"}, {"text": "two"}, {"text": "three"}])
    one = await agent()
    await one.chat("first")
    await one.chat("second")
    assert [m.text for m in made.requests[1].messages] == ["first", "one", "second"]
    await one.reset()
    await one.chat("third")
    assert [m.text for m in made.requests[2].messages] == ["third"]


async def test_a_failed_run_leaves_the_conversation_as_it_was(model, agent):
    model([{"text": "one"}, {"error": {"type": "bad_request", "message": "no"}}, {"text": "three"}])
    one = await agent()
    await one.chat("first")
    before = one.history
    with pytest.raises(Exception, match="no"):
        await one.chat("second")
    assert one.history == before


async def test_a_provider_error_is_retried_by_the_retry_band(run, model, agent):
    slept: list[float] = []

    class Quick:
        def now(self):
            return 0.0

        def monotonic(self):
            return 0.0

        async def sleep(self, seconds):
            slept.append(seconds)

    run.app.services.clock = Quick()
    model([{"error": {"type": "rate_limit", "message": "slow down", "retry_after": 2}}, {"text": "at last"}])
    assert await (await agent()).chat("go") == "at last"
    assert slept == [2.0]


async def test_a_provider_error_that_stays_is_raised_with_its_model(run, model, agent):
    class Quick:
        def now(self):
            return 0.0

        def monotonic(self):
            return 0.0

        async def sleep(self, seconds):
            return None

    run.app.services.clock = Quick()
    model([{"error": {"type": "rate_limit", "message": "slow down"}}] * 4)
    with pytest.raises(RateLimitError) as caught:
        await (await agent()).chat("go")
    assert caught.value.context["model"] == "m"


async def test_a_stream_ends_with_the_result(model, agent, square):
    model([ask(2), {"text": "four, so it seems to me at least"}])
    one = await agent(tools=("square",))
    parts = []
    async with one.stream("go") as stream:
        parts += [part async for part in stream]
    assert isinstance(parts[-1], RunDone)
    assert "".join(p.text for p in parts if isinstance(p, TextDelta)) == parts[-1].result.content
    assert [p.outcome for p in parts if isinstance(p, ToolRecord)] == ["done"]
    assert len([p for p in parts if isinstance(p, Done)]) == 2
    assert one.history[-1].text == parts[-1].result.content


async def test_leaving_a_stream_cancels_the_run(run, model, agent):
    gone = asyncio.Event()
    started = asyncio.Event()

    async def wait(args, ctx):
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    run.app.tools.register(run, "wait", "Wait.", ScriptTool(wait, SQUARE), category="test")
    model([ask(1, name="wait")])
    async with (await agent(tools=("wait",))).stream("go") as stream:
        async for _ in stream:
            break
        await started.wait()
    assert gone.is_set()


async def test_an_error_of_a_stream_is_raised_where_it_is_read(model, agent):
    model([{"error": {"type": "bad_request", "message": "no"}}])
    async with (await agent()).stream("go") as stream:
        with pytest.raises(Exception, match="no"):
            await stream.result()


async def test_hooks_of_an_agent_see_only_this_agent(model, agent):
    made = model([{"text": "a"}, {"text": "b"}])
    one, two = await agent(name="one"), await agent(name="two")
    one.hooks.register("before_llm_call", lambda call: Proceed(call.replace(input=call.input.replace(temperature=0.5))))
    await one.chat("x")
    await two.chat("x")
    assert [r.temperature for r in made.requests] == [0.5, None]


async def test_a_hook_decides_which_tools_are_offered(run, model, agent, square):
    made = model([{"text": "none"}])
    run.hooks.register("before_tools_available", lambda call: Proceed(call.replace(input=())))
    await (await agent(tools=("square",))).chat("x")
    assert made.requests[0].tools == ()


async def test_an_unknown_tool_is_found_when_the_agent_is_made(agent):
    with pytest.raises(ToolNotFoundError):
        await agent(tools=("nothing_like_it",))


async def test_an_agent_without_the_right_to_spawn_is_refused(app, run, model):
    from llmspell.runtime.agents import AgentConfig

    async with app.run("small", grants=Grants.parse([])) as small:
        made = await app.agents.create(small, AgentConfig(name="a", provider="scripted"))
        with pytest.raises(PermissionDeniedError):
            await made.chat("x")


async def test_a_closed_agent_says_so(model, agent):
    one = await agent()
    await one.close()
    with pytest.raises(AgentConfigError, match="closed"):
        await one.chat("x")


async def test_a_script_that_runs_out_of_steps_is_an_error(model, agent):
    model([])
    with pytest.raises(ScriptedModelError, match="0 steps"):
        await (await agent()).chat("x")


async def test_steps_left_over_are_an_error(model):
    made = model([{"text": "never asked for"}])
    with pytest.raises(ScriptedModelError, match="1 of 1"):
        made.assert_exhausted()


async def test_the_test_model_exercises_every_offered_tool(run, agent, square):
    result = await (await agent(provider="test", model="test", tools=("square",))).execute("go")
    assert [(r.call.name, r.outcome) for r in result.tool_calls] == [("square", "done")]
    assert square == [0]
