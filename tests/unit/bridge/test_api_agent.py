from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import AgentConfigError, AgentNotFoundError, ComponentNotFoundError, ToolNotFoundError
from tests.unit.bridge.scripted_agents import new, says, scripted


async def test_new_gives_a_handle_with_name_and_id(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        return agent["$v"], agent["$h"][0]

    fields, kind = await spell(main)
    assert kind == "agent"
    assert fields["name"] == "bob"
    assert fields["id"]


async def test_chat_gives_text_and_remembers(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        said = [await guest.call("agent.chat", agent, text) for text in ("one", "two")]
        return said, await guest.call("agent.history", agent)

    said, history = await spell(main)
    assert said == ["hi", "hi"]
    assert [(one["role"], one["content"]) for one in history] == [
        ("user", "one"), ("assistant", "hi"), ("user", "two"), ("assistant", "hi"),
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["say hi", {"input": "say hi"}, {"prompt": "say hi"}, {"query": "say hi"}])
async def test_execute_gives_the_whole_result(spell, given: object) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        return await guest.call("agent.execute", agent, given), await guest.call("agent.history", agent)

    result, history = await spell(main)
    assert result["success"] is True
    assert result["content"] == result["output"] == result["data"] == "hi"
    assert result["tool_calls"] == []
    assert result["state_updates"] == {}
    assert result["usage"]["requests"] == 1
    assert result["metadata"]["provider"] == "scripted"
    assert history[0]["content"] == "say hi"


async def test_execute_takes_data_as_json(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        await guest.call("Agent.execute", "bob", {"query": "x", "max_sources": 20, "timeout": "5s"})
        return (await guest.call("agent.history", agent))[0]["content"]

    assert await spell(main) == '{"query": "x", "max_sources": 20}'


@pytest.mark.parametrize(
    ("given", "said"),
    [({"data": {"a": 1}}, '{"a": 1}'), ({"data": [1, 2], "kind": "trend"}, '{"data": [1, 2], "kind": "trend"}')],
)
async def test_execute_takes_a_key_named_data_beside_others(spell, given: dict[str, Any], said: str) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        await guest.call("agent.execute", agent, given)
        return (await guest.call("agent.history", agent))[0]["content"]

    assert await spell(main) == said


async def test_execute_refuses_two_inputs_and_none(spell, guest_error) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        found = []
        for given in ({"input": "a", "prompt": "b"}, {}, {"input": "a", "timeuot": 4}):
            try:
                await guest.call("agent.execute", agent, given)
            except guest_error as caught:
                found.append((caught.error["type"], caught.error["message"]))
        return found

    assert [kind for kind, _ in await spell(main)] == ["validation"] * 3


async def test_on_error_return_gives_the_failure_as_a_value(spell) -> None:
    async def main(guest) -> Any:
        agent = await guest.call("Agent.new", scripted({"error": {"type": "rate_limit", "message": "slow down"}}))
        return await guest.call("agent.execute", agent, {"input": "x", "onError": "return"})

    result = await spell(main)
    assert result["success"] is False
    assert result["error"]["type"] == "rate_limit"


async def test_tools_of_the_catalogue_and_of_the_script_are_offered_and_run(spell) -> None:
    async def main(guest) -> Any:
        execute = guest.function(lambda arguments: {"loud": arguments["text"].upper()})
        shout = {"name": "shout", "parameters": {"text": {"type": "string", "required": True}}, "execute": execute}
        calls = [
            {"name": "adder", "arguments": {"left": 1, "right_one": 2}},
            {"name": "shout", "arguments": {"text": "hey"}},
        ]
        agent = await guest.call(
            "Agent.new", {**scripted({"tool_calls": calls}, {"text": "done"}), "tools": ["plus", shout]}
        )
        return await guest.call("agent.execute", agent, "go"), await guest.call("agent.list_tools", agent)

    result, offered = await spell(main)
    assert offered == ["adder", "shout"]
    assert [(one["name"], one["outcome"]) for one in result["tool_calls"]] == [("adder", "done"), ("shout", "done")]
    assert result["tool_calls"][1]["result"] == {"loud": "HEY"}


async def test_a_tool_may_call_the_agent_it_serves(spell) -> None:
    async def main(guest) -> Any:
        holder: dict[str, Any] = {}

        async def execute(arguments: dict[str, Any]) -> Any:
            return await guest.call("agent.chat", holder["helper"], "inner")

        holder["helper"] = await new(guest, "helper", "from inside")
        tool = await guest.call("Tool.create", {"name": "ask", "execute": guest.function(execute)})
        agent = await guest.call(
            "Agent.new",
            {**scripted({"tool_calls": [{"name": "ask", "arguments": {}}]}, {"text": "ok"}), "tools": [tool]},
        )
        return (await guest.call("agent.execute", agent, "go"))["tool_calls"][0]["result"]

    assert await spell(main) == "from inside"


async def test_remove_tool_takes_a_constructor_name(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi", tools=["plus"])
        removed = await guest.call("agent.remove_tool", agent, "AdderTool")
        return removed, await guest.call("agent.list_tools", agent)

    assert await spell(main) == [True, []]


async def test_hooks_of_an_agent_see_its_name_id_and_tools(spell) -> None:
    async def main(guest) -> Any:
        seen: list[Any] = []
        hooks = {"before_execution": guest.function(lambda context: seen.append(context["agent"]))}
        agent = await new(guest, "bob", "hi", tools=["plus"], hooks=hooks)
        await guest.call("agent.chat", agent, "hello")
        return seen, agent["$v"]["id"]

    seen, identity = await spell(main)
    assert seen == [{"name": "bob", "id": identity, "tools": ["adder"]}]


async def test_the_event_of_a_failed_run_tells_agent_and_error(spell, guest_error) -> None:
    async def main(guest) -> Any:
        seen: list[dict[str, Any]] = []
        await guest.call("Events.subscribe", "agent_error", guest.function(seen.append))
        steps = scripted({"error": {"type": "bad_request", "message": "no"}})
        agent = await guest.call("Agent.new", {"name": "bob", **steps})
        with pytest.raises(guest_error):
            await guest.call("agent.chat", agent, "hello")
        await guest.call("Events.flush")
        return seen, agent["$v"]["id"]

    (event,), identity = await spell(main)
    for table in (event, event["data"]):
        assert (table["agent_id"], table["error_type"], table["message"]) == (identity, "bad_request", "no")
        assert table["retry_after"] is None


async def test_add_tool_and_remove_tool(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        await guest.call("agent.add_tool", agent, "plus")
        before = await guest.call("agent.list_tools", agent)
        removed = await guest.call("agent.remove_tool", agent, "plus")
        return before, removed, await guest.call("agent.list_tools", agent)

    assert await spell(main) == [["adder"], True, []]


async def test_a_stream_ends_with_the_whole_result(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "a longer answer that comes in more than one piece")
        return await guest.items(await guest.call("agent.stream", agent, "go"))

    parts = await spell(main)
    text = "".join(one["text"] for one in parts if one["type"] == "text")
    assert text == parts[-1]["content"] == "a longer answer that comes in more than one piece"
    assert parts[-1]["type"] == "done"
    assert {"finish", "usage", "answer"} <= {one["type"] for one in parts}


async def test_config_is_shown_and_changed(spell) -> None:
    async def main(guest) -> Any:
        agent = await guest.call(
            "Agent.new",
            {
                **says("hi"),
                "systemPrompt": "be kind",
                "config": {"temperature": 0.3, "maxTokens": 10, "timeout": 120, "resources": {"max_execution_time": 3}},
            },
        )
        first = await guest.call("agent.get_config", agent)
        await guest.call("agent.update_config", agent, {"temperature": 1, "tools": ["adder"], "limits": {"turns": 2}})
        return first, await guest.call("agent.get_config", agent)

    first, second = await spell(main)
    assert (first["system_prompt"], first["temperature"], first["max_tokens"], first["limits"]["seconds"]) == (
        "be kind",
        0.3,
        10,
        120,
    )
    assert first["name"] == "agent-1"
    assert (second["temperature"], second["tools"], second["limits"]["turns"], second["limits"]["seconds"]) == (
        1,
        ["adder"],
        2,
        120,
    )
    assert second["limits"]["tool_calls"] == 100


async def test_state_is_kept_replaced_and_cleared(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        await guest.call("agent.set_state", agent, {"counter": 1})
        kept = await guest.call("agent.get_state", agent)
        await guest.call("agent.clear_state", agent)
        return kept, await guest.call("agent.get_state", agent)

    assert await spell(main) == [{"counter": 1}, {}]


async def test_agents_are_found_by_name_until_they_are_closed(spell, guest_error) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "bob", "hi")
        listed = [one["$v"]["name"] for one in await guest.call("Agent.list")]
        same = (await guest.call("Agent.get", "bob"))["$h"] == agent["$h"]
        healthy = (await guest.call("agent.health", agent))["status"]
        await guest.call("agent.shutdown", agent)
        closed = (await guest.call("agent.health", agent))["status"]
        try:
            await guest.call("agent.chat", agent, "x")
        except guest_error as caught:
            return listed, same, healthy, closed, caught.error["message"], await guest.call("Agent.list")

    assert await spell(main) == [["bob"], True, "ready", "closed", "agent 'bob' is closed", []]


async def test_an_agent_nobody_made_is_named_with_the_nearest(spell) -> None:
    async def main(guest) -> Any:
        await new(guest, "bob", "hi")
        await guest.call("Agent.execute", "bobb", "x")

    with pytest.raises(AgentNotFoundError) as caught:
        await spell(main)
    assert caught.value.suggestions == ("use 'bob'",)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"tools": ["nothing_like_it"]}, ToolNotFoundError),
        ({"tools": ["adder", "plus"]}, AgentConfigError),
        ({"provider": "nobody"}, ComponentNotFoundError),
    ],
)
async def test_a_wrong_agent_fails_with_its_reason(spell, config: dict[str, Any], kind: type[Exception]) -> None:
    async def main(guest) -> Any:
        await guest.call("agent.chat", await guest.call("Agent.new", config), "x")

    with pytest.raises(kind):
        await spell(main)


async def test_hooks_of_an_agent_see_only_this_agent(spell) -> None:
    async def main(guest) -> Any:
        seen: list[str] = []
        hooks = {"before_execution": guest.function(lambda c: seen.append(c["agent"]["name"]))}
        one = await new(guest, "one", "a", hooks=hooks)
        two = await new(guest, "two", "b")
        await guest.call("agent.chat", one, "x")
        await guest.call("agent.chat", two, "x")
        handle = await guest.call(
            "agent.register_hook", two, "afterExecution", guest.function(lambda c: seen.append(c["output"]["result"]))
        )
        await guest.call("agent.reset", two)
        await guest.call("agent.chat", two, "x")
        return seen, handle["$v"]["point"]

    assert await spell(main) == [["one", "b"], "after_agent_execution"]
