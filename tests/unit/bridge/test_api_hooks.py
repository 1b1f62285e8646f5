from __future__ import annotations

from typing import Any

import pytest

from llmspell.bridge.points import ALIASES, canonical
from llmspell.errors import (
    HookError,
    RefusedError,
    ScriptRuntimeError,
)
from llmspell.kernel.points import POINTS
from llmspell.model.call import Call
from llmspell.runtime.ops import perform

# -- before


async def test_nothing_is_no_opinion(spell, hook, add) -> None:
    seen: list[dict[str, Any]] = []

    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", seen.append)
        return (await add(guest))["sum"]

    assert await spell(main) == 2
    assert (seen[0]["tool"], seen[0]["operation"], seen[0]["input"], seen[0]["parameters"]) == (
        "adder", "tool_execution", {"left": 1, "right_one": 1}, {"left": 1, "right_one": 1},
    )  # fmt: skip
    assert seen[0]["run_id"]


@pytest.mark.parametrize("field", ["input", "parameters"])
async def test_a_returned_context_changes_the_call(spell, hook, add, field: str) -> None:
    async def main(guest) -> Any:
        await hook(guest, "tool_execution_start", lambda c: {**c, field: {"left": 10}})
        return (await add(guest))["sum"]

    assert await spell(main) == 11


async def test_a_context_returned_as_it_came_changes_nothing(spell, hook, add) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda c: c)
        return (await add(guest))["sum"]

    assert await spell(main) == 2


async def test_a_hook_answers_instead_of_the_tool(spell, hook, add) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda _: {"answer": {"sum": "mocked"}})
        return (await add(guest, left=-1))["sum"]

    assert await spell(main) == "mocked"


@pytest.mark.parametrize("answer", [True, "yes", 5, []])
async def test_anything_else_is_an_error_naming_the_hook(spell, hook, add, answer: object) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda _: answer, name="guard")
        await add(guest)

    with pytest.raises(HookError, match="hook guard at before_tool_execution returned"):
        await spell(main)


@pytest.mark.parametrize("change", [{"tool": "other"}, {"operation": "x"}, {"nonsense": 1}])
async def test_a_field_that_cannot_change_is_an_error(spell, hook, add, change: dict[str, Any]) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda c: {**c, **change})
        await add(guest)

    with pytest.raises(HookError, match=f"cannot change {next(iter(change))}"):
        await spell(main)


async def test_a_hook_that_raises_fails_the_operation(spell, hook, add) -> None:
    async def main(guest) -> Any:
        def body(_: object) -> None:
            raise ValueError("broken hook")

        await hook(guest, "before_tool_execution", body)
        await add(guest)

    with pytest.raises(ScriptRuntimeError, match="broken hook"):
        await spell(main)


async def test_the_documented_prompt_hook_works(spell, hook, chat) -> None:
    seen: list[Any] = []

    async def main(guest) -> Any:
        await hook(
            guest,
            "beforeLlmCall",
            lambda c: {**c, "prompt": "Enhanced: " + c["prompt"], "temperature": 0.5},
            priority=100,
        )
        await hook(
            guest,
            "before_llm_call",
            lambda c: seen.append((c["prompt"], c["temperature"], c["messages"], c["system_prompt"])),
            priority=1,
        )
        return await chat(guest, "hello", system_prompt="be kind")

    assert await spell(main) == "hi"
    assert seen == [("Enhanced: hello", 0.5, [{"role": "user", "content": "Enhanced: hello"}], "be kind")]


async def test_messages_may_be_rewritten(spell, hook, chat) -> None:
    seen: list[Any] = []

    async def main(guest) -> Any:
        first = {"role": "user", "content": "before"}
        await hook(guest, "before_llm_call", lambda c: {**c, "messages": [first, *c["messages"]]}, priority=900)
        await hook(guest, "before_llm_call", lambda c: seen.extend(one["content"] for one in c["messages"]))
        await chat(guest)

    await spell(main)
    assert seen == ["before", "hello"]


async def test_the_input_of_an_agent_may_be_rewritten(spell, hook, chat) -> None:
    async def main(guest) -> Any:
        seen: list[Any] = []
        await hook(guest, "before_agent_execution", lambda c: {**c, "input": {**c["input"], "content": "other"}})
        await hook(guest, "before_llm_call", lambda c: seen.append(c["prompt"]))
        await chat(guest)
        return seen

    assert await spell(main) == ["other"]


async def test_tools_may_be_left_out_of_an_offer(spell, hook, chat) -> None:
    async def main(guest) -> Any:
        seen: list[Any] = []
        await hook(guest, "before_tools_available", lambda c: {**c, "tools": c["tools"][:1]})
        await hook(guest, "before_llm_call", lambda c: seen.append(c["tools"]))
        await chat(guest, tools=["doubler", "adder"])
        return seen

    assert await spell(main) == [["doubler"]]


async def test_a_write_to_the_store_may_be_refused(spell, hook) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_state_write", lambda c: {"refuse": "read only"} if c["key"] == "a" else None)
        await guest.call("Storage.set", "b", 1)
        await guest.call("Storage.set", "a", 1)

    with pytest.raises(RefusedError, match="read only"):
        await spell(main)


# -- after and error


async def test_after_sees_output_success_and_timing(spell, hook, add) -> None:
    seen: list[dict[str, Any]] = []

    async def main(guest) -> Any:
        await hook(guest, "tool_execution_complete", seen.append)
        await add(guest)

    await spell(main)
    assert seen[0]["output"]["result"]["sum"] == 2
    assert seen[0]["success"] is True
    assert seen[0]["timing"]["duration"] >= 0


@pytest.mark.parametrize("field", ["output", "result"])
async def test_after_may_replace_a_tools_result(spell, hook, add, field: str) -> None:
    async def main(guest) -> Any:
        await hook(guest, "after_tool_execution", lambda c: {**c, field: {"sum": 99}})
        return await add(guest)

    result = await spell(main)
    assert (result["sum"], result["metadata"]) == (99, {"from": "add"})


async def test_after_may_replace_what_a_model_and_an_agent_say(spell, hook, chat) -> None:
    async def main(guest) -> Any:
        await hook(guest, "after_llm_call", lambda c: {**c, "output": c["output"]["content"] + " there"})
        await hook(
            guest,
            "after_agent_execution",
            lambda c: {**c, "output": {**c["output"], "content": c["output"]["content"] + "!"}},
        )
        return await chat(guest)

    assert await spell(main) == "hi there!"


async def test_a_value_from_an_error_hook_is_the_answer(spell, hook, add) -> None:
    seen: list[Any] = []

    async def main(guest) -> Any:
        def recover(context: dict[str, Any]) -> object:
            seen.append((context["error"]["type"], context["success"], context["timing"]["duration"] >= 0))
            return {"sum": 0}

        await hook(guest, "tool_error", recover)
        return (await add(guest, left=-1))["sum"]

    assert await spell(main) == 0
    assert seen == [("tool_execution", False, True)]


async def test_an_agents_on_error_recovers_with_text(spell) -> None:
    async def main(guest) -> Any:
        steps = [{"error": {"type": "rate_limit", "message": "slow down"}}]
        hooks = {"on_error": guest.function(lambda c: "cached: " + c["error"]["message"])}
        config = {"provider": "scripted", "extra": {"script": {"steps": steps}}, "hooks": hooks}
        return await guest.call("agent.chat", await guest.call("Agent.new", config), "x")

    assert await spell(main) == "cached: slow down"


async def test_a_refusal_cannot_be_turned_into_success(spell, hook, add) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda _: {"refuse": "no"})
        await hook(guest, "tool_error", lambda _: "recovered")
        await add(guest)

    with pytest.raises(RefusedError):
        await spell(main)


# -- around


async def test_around_wraps_the_call(spell, hook, add) -> None:
    async def main(guest) -> Any:
        async def body(context: dict[str, Any], proceed: dict[str, Any]) -> object:
            first = await guest.call("proceed.run", proceed)
            return await guest.call("proceed.run", proceed, {**context, "input": {"left": first["sum"]}})

        await hook(guest, "around_tool_execution", body)
        result = await add(guest, left=5)
        return result["sum"], result["metadata"]

    assert await spell(main) == [7, {"from": "add"}]


async def test_around_may_replace_the_result_or_answer_itself(spell, hook, add) -> None:
    async def main(guest) -> Any:
        handle = await hook(guest, "around_tool_execution", lambda c, p: {"sum": "other"})
        first = (await add(guest))["sum"]
        await guest.call("hook.remove", handle)

        async def silent(context: dict[str, Any], proceed: dict[str, Any]) -> None:
            await guest.call("proceed.run", proceed)

        await hook(guest, "around_tool_execution", silent)
        return first, (await add(guest))["sum"]

    assert await spell(main) == ["other", 2]


async def test_around_that_does_nothing_is_an_error(spell, hook, add) -> None:
    async def main(guest) -> Any:
        await hook(guest, "around_tool_execution", lambda c, p: None, name="lazy")
        await add(guest)

    with pytest.raises(HookError, match="hook lazy neither called"):
        await spell(main)


# -- names


@pytest.mark.parametrize(("alias", "name"), sorted(ALIASES.items()))
def test_every_alias_is_a_hook_point(alias: str, name: str) -> None:
    assert name in POINTS
    assert canonical(alias) == name


def test_no_alias_hides_a_hook_point() -> None:
    assert not set(ALIASES) & set(POINTS)


# -- operations whose components are elsewhere


@pytest.mark.parametrize("operation", ["workflow_execution", "workflow_step", "spell_execution"])
async def test_hooks_work_on_every_operation(app, guest, operation: str, hook) -> None:
    from llmspell.bridge.session import SpellSession

    field = "params" if operation == "spell_execution" else "input"
    async with app.run("test") as run:

        async def main(guest) -> Any:
            await hook(guest, f"before_{operation}", lambda c: {**c, field: {"n": c[field]["n"] + 1}})
            await hook(guest, f"after_{operation}", lambda c: {**c, "output": [c["output"]]})

            async def core(call: Call, _: object) -> object:
                return call.input

            return await perform(run.context(), Call(operation, "it", {"n": 1}), core)

        assert await SpellSession(run, guest(main)).drive() == [{"n": 2}]
