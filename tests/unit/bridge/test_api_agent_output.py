"""Structured output as scripts ask for it: which options count, what is shown, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import SchemaError, ValidationError
from tests.unit.bridge.scripted_agents import new

ADA = '{"name": "Ada"}'
KIND = {"name": "string"}
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


async def test_the_output_of_a_run_counts_before_that_of_the_agent(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", ADA, output="integer")
        return (await guest.call("agent.execute", agent, "x", {"output": KIND}))["data"]

    assert await spell(main) == {"name": "Ada"}


async def test_the_mode_may_be_said_for_one_run(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", ADA, output=KIND)
        result = await guest.call("agent.execute", agent, {"input": "x", "outputMode": "prompted"})
        return result["data"], result["metadata"]["output_mode"]

    assert await spell(main) == [{"name": "Ada"}, "prompted"]


async def test_an_output_may_change_while_the_agent_lives(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", ADA)
        before = await guest.call("agent.get_config", agent)
        await guest.call("agent.update_config", agent, {"output": KIND, "output_retries": 0})
        await guest.call("agent.update_config", agent, {"temperature": 0.5})
        after = await guest.call("agent.get_config", agent)
        return before, after, (await guest.call("agent.execute", agent, "x"))["data"]

    before, after, data = await spell(main)
    assert "output" not in before
    assert (after["output"], after["output_mode"], after["output_retries"]) == (SCHEMA, "auto", 0)
    assert data == {"name": "Ada"}


async def test_an_answer_that_is_null_is_null(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", '{"value": null}')
        result = await guest.call("agent.execute", agent, "x", {"output": {"type": ["string", "null"]}})
        return result["data"], result["content"]

    assert await spell(main) == [None, "null"]


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"output_mode": "tool"}, ValidationError, "output_mode without an output"),
        ({"output": {"a": "strng"}}, SchemaError, "'a'"),
        ({"output": 3}, ValidationError, "must be a map or a list or text"),
        ({"output": KIND, "output_retries": -1}, ValidationError, "not -1"),
        ({"output": KIND, "output_mode": "loud"}, ValidationError, "'native'"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_before_the_model_is_asked(spell, options, kind, words) -> None:
    async def main(guest) -> Any:
        return await guest.call("agent.execute", await new(guest, "bob"), "x", options)  # a model without a step

    with pytest.raises(kind, match=words):
        await spell(main)


async def test_a_history_tells_what_no_user_has_said(spell) -> None:
    async def main(guest) -> Any:
        steps = [{"text": "none"}, {"text": ADA}]
        agent = await guest.call(
            "Agent.new", {"name": "a", "provider": "scripted", "extra": {"script": {"steps": steps}}, "output": KIND}
        )
        await guest.call("agent.chat", agent, "x")
        return [(one["role"], one.get("automatic")) for one in await guest.call("agent.history", agent)]

    assert await spell(main) == [["user", None], ["assistant", None], ["user", True], ["assistant", None]]
