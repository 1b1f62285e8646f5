"""An agent's error strategy is followed whoever runs the agent, and who stands in gets the same that it was given."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.spec import provider

DOWN = {"error": {"type": "authentication", "message": "no key"}}


def model(name: str, *steps: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "provider": "scripted", "model": "m", "extra": {"script": {"steps": list(steps)}}, **more}


async def weak(guest, **more: Any) -> Any:
    """Make an agent that fails and has a spare one."""
    await guest.call("Agent.new", model("spare", {"text": "spare answer"}))
    return await guest.call("Agent.new", model("weak", DOWN, error_strategy={"agent": "spare"}, **more))


async def as_tool(guest) -> Any:
    await weak(guest)
    call = {"tool_calls": [{"name": "ask_weak", "arguments": {"input": "x"}}]}
    outer = await guest.call(
        "Agent.new", model("outer", call, {"text": "done"}, tools=[await guest.call("Agent.get", "weak")])
    )
    return (await guest.call("agent.execute", outer, "go"))["tool_calls"][0]["result"]


async def by_the_model(guest) -> Any:
    agent = await weak(guest)
    call = {"tool_calls": [{"name": "transfer_to_weak", "arguments": {"reason": "r"}}]}
    outer = await guest.call("Agent.new", model("outer", call, handoffs=[agent]))
    return (await guest.call("agent.execute", outer, "go"))["content"]


async def by_hand(guest) -> Any:
    agent = await weak(guest)
    outer = await guest.call("Agent.new", model("outer", {"text": "hi"}))
    return (await guest.call("agent.handoff", outer, {"to": agent, "input": "x"}))["content"]


async def delegated(guest) -> Any:
    agent = await weak(guest)
    outer = await guest.call("Agent.new", model("outer", {"text": "hi"}))
    return (await guest.call("agent.delegate_to", outer, agent, "x"))["content"]


async def with_tools(guest) -> Any:
    return (await guest.call("agent.generate_with_tools", await weak(guest), "x", []))["content"]


async def in_a_context(guest) -> Any:
    history = [{"role": "user", "content": "before"}]
    return await guest.call("agent.chat_with_context", await weak(guest), "x", {"history": history})


@pytest.mark.parametrize("way", [as_tool, by_the_model, by_hand, delegated, with_tools, in_a_context])
async def test_a_strategy_is_followed_whoever_runs_the_agent(spell, way) -> None:
    assert await spell(way) == "spare answer"


@pytest.mark.parametrize("method", ["agent.generate_with_tools", "agent.chat_with_context"])
async def test_the_strategy_of_a_call_counts_before_that_of_the_agent(spell, method) -> None:
    async def main(guest) -> Any:
        agent = await weak(guest)
        given = [] if method.endswith("tools") else {"history": [{"role": "user", "content": "before"}]}
        return await guest.call(method, agent, "x", given, {"error_strategy": {"value": "of the call"}})

    said = await spell(main)
    assert said == "of the call" or said["content"] == "of the call"


async def test_a_run_that_is_taken_step_by_step_follows_none(spell) -> None:
    async def main(guest) -> Any:
        await guest.items(await guest.call("agent.steps", await weak(guest), "x"))

    with pytest.raises(Exception, match="no key"):
        await spell(main)


async def test_who_stands_in_gets_what_was_given_and_answers_as_was_asked(spell, app) -> None:
    spare = ScriptedModel([{"text": '{"n": 1}'}])
    described = provider("other", "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
    app.catalog.register(described, spare, owner=None)

    async def main(guest) -> Any:
        await guest.call("Agent.new", {"name": "spare", "provider": "other", "model": "m"})
        failing = await guest.call("Agent.new", model("weak", DOWN, error_strategy={"agent": "spare"}))
        image = {"url": "data:image/png;base64,AAAA"}
        given = {"text": "look", "images": [image], "output": {"n": "integer"}}
        return await guest.call("agent.execute", failing, given)

    result = await spell(main)
    assert result["data"] == {"n": 1}
    (request,) = spare.requests
    assert [type(part).__name__ for part in request.messages[-1].parts][:2] == ["Text", "Media"]


async def test_what_the_failed_run_took_is_told_with_the_result(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Agent.new", model("spare", {"text": "spare answer", "cost": 0.25}))
        call = {"tool_calls": [{"name": "adder", "arguments": {"left": 1, "right_one": 2}}], "cost": 0.5}
        failing = model("weak", call, DOWN, tools=["adder"], error_strategy={"agent": "spare"})
        result = await guest.call("agent.execute", await guest.call("Agent.new", failing), "x")
        return result["cost"], [(one["agent"], one["cost"]) for one in result["nested"]]

    assert await spell(main) == ["0.75", [["weak", "0.5"]]]


async def test_a_call_goes_on_with_the_agent_that_stood_in_and_waited(spell) -> None:
    async def main(guest) -> Any:
        done: list[str] = []
        tool = await guest.call(
            "Tool.new", {"name": "press", "execute": guest.function(lambda _: done.append("pressed"))}
        )
        press = {"tool_calls": [{"name": "press", "arguments": {}}]}
        await guest.call("Agent.new", model("spare", press, {"text": "pressed it"}, tools=[tool], approve=True))
        failing = await guest.call("Agent.new", model("weak", DOWN, error_strategy={"agent": "spare"}))
        ask = {"tool_calls": [{"name": "ask_weak", "arguments": {"input": "x"}}]}
        outer = await guest.call("Agent.new", model("outer", ask, {"text": "done"}, tools=[failing]))
        paused = await guest.call("agent.execute", outer, "go")
        (waiting,) = paused["pending"]
        result = await guest.call("agent.resume", outer, paused["state"], {waiting["id"]: "approve"})
        return waiting["agent"], done, result["content"], result["tool_calls"][0]["result"]

    assert await spell(main) == ["spare", ["pressed"], "done", "pressed it"]


async def test_what_a_strategy_gives_instead_is_judged_where_an_output_is_wanted(spell) -> None:
    async def main(guest) -> Any:
        wanted, found = {"input": "x", "output": {"n": "integer"}}, []
        for value in ({"n": 1}, "sorry"):
            agent = await guest.call("Agent.new", model("weak", DOWN, error_strategy={"value": value}))
            found.append(await guest.call("agent.execute", agent, wanted, {"on_error": "return"}))
        return found

    fits, wrong = await spell(main)
    assert (fits["data"], fits["metadata"]["recovered_by"]) == ({"n": 1}, "fallback")
    assert wrong["error"]["type"] == "output_mismatch"
    assert "the error strategy put in the place" in wrong["error"]["message"]


@pytest.mark.parametrize("how", [{"error_strategy": {"value": "sorry"}}, {"approve": True}])
async def test_who_makes_no_bid_is_told_of_with_the_reason(spell, how) -> None:
    async def main(guest) -> Any:
        step = (
            DOWN
            if "error_strategy" in how
            else {"tool_calls": [{"name": "adder", "arguments": {"left": 1, "right_one": 2}}]}
        )
        await guest.call("Agent.new", model("weak", step, tools=["adder"], **how))
        outer = await guest.call("Agent.new", model("outer", {"text": "hi"}))
        return (await guest.call("agent.negotiate_task", outer, "x", {"agents": ["weak"]}))["bids"]

    (bid,) = await spell(main)
    assert (bid["accept"], bid["error"]["type"]) == (
        False,
        "output_mismatch" if "error_strategy" in how else "approval_required",
    )
