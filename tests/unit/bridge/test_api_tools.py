from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import NameClashError, ToolExecutionError, ToolNotFoundError, ValidationError


async def test_get_execute_and_read_the_result_on_top(spell) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "adder")
        return tool["$v"], await guest.call("tool.execute", tool, {"left": 1, "rightOne": 4})

    fields, result = await spell(main)
    assert fields == {"name": "adder", "description": "Add two numbers.", "category": "math", "version": "1.0.0"}
    assert result == {
        "success": True, "result": {"sum": 5, "metadata": "shadowed"}, "sum": 5,
        "artifacts": [], "metadata": {"from": "add"},
    }  # fmt: skip


async def test_the_documented_envelope_of_arguments_is_understood(spell) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "adder")
        return (await guest.call("tool.call", tool, {"parameters": {"left": 2, "right_one": 2}}))["sum"]

    assert await spell(main) == 4


async def test_wrong_arguments_raise_validation_with_every_fault(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("tool.execute", await guest.call("Tools.get", "adder"), {"lift": "x", "right_one": "y"})

    with pytest.raises(ValidationError) as caught:
        await spell(main)
    assert len(caught.value.context["faults"]) == 3  # type: ignore[arg-type]


async def test_a_failing_tool_raises_or_returns(spell) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "adder")
        returned = await guest.call("tool.execute", tool, {"left": -1}, {"on_error": "return"})
        assert returned["error"]["message"] == "no negative numbers"
        assert returned["success"] is False
        await guest.call("tool.execute", tool, {"left": -1})

    with pytest.raises(ToolExecutionError, match="no negative numbers"):
        await spell(main)


async def test_listing_searching_and_discovering(spell) -> None:
    async def main(guest) -> Any:
        async def names(op: str, *arguments: object) -> list[str]:
            return [one["$v"]["name"] for one in await guest.call(op, *arguments)]

        return [
            await names("Tools.list"),
            await names("Tools.list", "nothing"),
            await names("Tools.get_by_category", "math"),
            await names("Tools.search", "double the number"),
            await names("Tools.discover", {"capabilities": ["sums"], "category": "math", "minVersion": "1.0.0"}),
            await names("Tools.discover", {"minVersion": "9"}),
        ]

    found = await spell(main)
    both = ["adder", "doubler"]
    assert found == [["agent_finder", *both], [], both, ["doubler", "adder", "agent_finder"], ["adder"], []]


async def test_a_getter_and_a_constructor(spell) -> None:
    async def main(guest) -> Any:
        plain = await guest.call("Tools.@construct", "AdderTool")
        variant = await guest.call("Tools.@construct", "AdderTool", {"offset": 100})
        return [
            (await guest.call("Tools.@get", "adder"))["$v"]["name"],
            (await guest.call("tool.call", plain, {"left": 1}))["sum"],
            (await guest.call("tool.call", variant, {"left": 1}))["sum"],
            variant["$v"]["name"],
        ]

    assert await spell(main) == ["adder", 2, 102, "adder_2"]


async def test_a_variant_can_be_offered_to_an_agent_beside_the_original(spell) -> None:
    async def main(guest) -> Any:
        variant = await guest.call("Tools.@construct", "AdderTool", {"offset": 100})
        step = {
            "tool_calls": [{"name": "adder_2", "arguments": {"left": 1}}, {"name": "adder", "arguments": {"left": 1}}]
        }
        agent = await guest.call(
            "Agent.new",
            {
                "provider": "scripted",
                "tools": ["adder", variant],
                "extra": {"script": {"steps": [step, {"text": "ok"}]}},
            },
        )
        return [one["result"]["sum"] for one in (await guest.call("agent.execute", agent, "go"))["tool_calls"]]

    assert await spell(main) == [102, 2]


@pytest.mark.parametrize("name", ["NothingTool", "Tool"])
async def test_a_constructor_of_nothing_is_a_tool_not_found(spell, name: str) -> None:
    async def main(guest) -> Any:
        await guest.call("Tools.@construct", name)

    with pytest.raises(ToolNotFoundError):
        await spell(main)


async def test_everything_a_tool_tells_of_itself(spell) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "adder")
        names = ("get_name", "get_description", "get_category", "get_input_schema", "get_output_schema", "get_examples")
        told = [await guest.call(f"tool.{name}", tool) for name in names]
        return told, await guest.call("tool.get_metadata", tool), await guest.call("tool.to_function_definition", tool)

    told, metadata, definition = await spell(main)
    assert told[:3] == ["adder", "Add two numbers.", "math"]
    assert set(told[3]["properties"]) == {"left", "right_one"}
    assert told[4]["properties"] == {"sum": {"type": "integer"}}
    assert told[5][0]["args"] == {"left": 1, "right_one": 2}
    assert metadata["input_schema"] == told[3] == definition["parameters"]
    assert metadata["examples"] == told[5]
    assert definition["name"] == "adder"


async def test_a_models_call_is_checked(spell, guest_error) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "adder")
        good = [
            await guest.call("tool.parse_call", tool, {"name": "adder", "arguments": given})
            for given in ({"left": 1}, '{"left": 1}')
        ]
        bad = []
        for call in (
            {"name": "adder", "arguments": "{"},
            {"name": "other", "arguments": {}},
            {"arguments": {"left": "x"}},
        ):
            try:
                await guest.call("tool.parse_call", tool, call)
            except guest_error as caught:
                bad.append(caught.error["type"])
        return good, bad

    assert await spell(main) == [[{"parameters": {"left": 1}}] * 2, ["validation"] * 3]


async def test_tools_chain_where_output_and_input_meet(spell) -> None:
    async def main(guest) -> Any:
        add, double = [await guest.call("Tools.get", name) for name in ("adder", "doubler")]
        return [
            await guest.call("tool.can_chain_with", add, double),
            (await guest.call("tool.chain_with", add, double, {"left": 2, "right_one": 3}))["result"],
        ]

    assert await spell(main) == [True, 10]


async def test_a_tool_of_the_script_is_found_by_name_until_it_is_unregistered(spell, guest_error) -> None:
    async def main(guest) -> Any:
        config = {
            "description": "Shout.",
            "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
        }
        tool = await guest.call(
            "Tools.create",
            "shout",
            {**config, "execute": guest.function(lambda a: {"result": a["text"] + "!", "metadata": {"n": 1}})},
        )
        await guest.call("Tools.register", tool)
        found = await guest.call("Tools.get", "shout")
        result = await guest.call("tool.execute", found, {"text": "hey"})
        removed = await guest.call("Tools.unregister", "shout")
        try:
            await guest.call("Tools.get", "shout")
        except guest_error as caught:
            return result, removed, caught.error["type"]

    result, removed, error = await spell(main)
    assert result == {"success": True, "result": "hey!", "artifacts": [], "metadata": {"n": 1}}
    assert removed is True
    assert error == "tool_not_found"


async def test_defaults_of_the_schema_are_filled_in(spell, guest_error) -> None:
    async def main(guest) -> Any:
        parameters = {"size": {"type": "integer", "default": 3}, "marks": {"type": "array", "default": ["!"]}}
        config = {"name": "t", "parameters": parameters, "execute": guest.function(lambda given: given)}
        tool = await guest.call("Tool.new", config)
        results = [(await guest.call("tool.execute", tool, given))["result"] for given in ({}, {"size": 1})]
        with pytest.raises(guest_error, match="marks"):  # null is a value, not a missing one
            await guest.call("tool.execute", tool, {"marks": None})
        return results

    assert await spell(main) == [{"size": 3, "marks": ["!"]}, {"size": 1, "marks": ["!"]}]


async def test_two_tools_of_one_name_clash(spell) -> None:
    async def main(guest) -> Any:
        for _ in range(2):
            await guest.call("Tools.register", {"name": "shout", "execute": guest.function(lambda a: a)})

    with pytest.raises(NameClashError, match="shout"):
        await spell(main)


async def test_tools_of_a_spell_are_gone_with_it(app, spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Tools.register", {"name": "shout", "execute": guest.function(lambda a: a)})
        return [one.name for one in app.catalog.list("tool")]

    assert await spell(main) == ["agent_finder", "adder", "doubler", "shout"]
    assert [one.name for one in app.catalog.list("tool")] == ["agent_finder", "adder", "doubler"]


@pytest.mark.parametrize("parameters", [{"text": 5}, {"type": "object", "properties": {"a": {"type": "wrong"}}}])
async def test_parameters_that_are_no_schema_are_refused(spell, guest_error, parameters: dict[str, Any]) -> None:
    async def main(guest) -> Any:
        tool = {"name": "shout", "parameters": parameters, "execute": guest.function(lambda a: a)}
        try:
            await guest.call("Tool.new", tool)
        except guest_error as caught:
            return caught.error["type"]

    assert await spell(main) in ("validation", "schema")


async def test_arguments_may_be_said_in_short(spell) -> None:
    async def main(guest) -> Any:
        short = {"words": "string[]: what to say", "count": "integer?"}
        tool = await guest.call(
            "Tool.new", {"name": "say", "parameters": short, "execute": guest.function(lambda a: a)}
        )
        return await guest.call("tool.get_input_schema", tool)

    assert await spell(main) == {
        "type": "object",
        "properties": {
            "words": {"type": "array", "items": {"type": "string"}, "description": "what to say"},
            "count": {"type": ["integer", "null"]},
        },
        "required": [],
    }
