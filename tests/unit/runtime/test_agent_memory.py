"""Agents with a memory: bounds while they run, summaries that stay, conversations that are kept."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import AgentConfigError, ContextLengthError, RunStateError, StorageError
from llmspell.model.llm import Message, Text, ToolCall, ToolResult, message
from llmspell.model.memory import Compaction, MemoryOptions
from llmspell.runtime.app import App
from llmspell.runtime.memory.digest import OPENING
from llmspell.runtime.memory.keeper import use_no_memory
from llmspell.services.config import Config

SAID = "yes " * 30


def texts(messages) -> list[str]:
    return [one.text.strip() for one in messages]


async def test_a_window_leaves_out_the_oldest_turns(model, agent) -> None:
    made = model([{"text": "1"}, {"text": "2"}, {"text": "3"}])
    one = await agent(memory=MemoryOptions(window=2), system_prompt="be brief")
    for word in "abc":
        await one.chat(word)
    assert texts(made.requests[2].messages) == ["b", "2", "c"]
    assert made.requests[2].system == "be brief"
    assert texts(one.history) == ["a", "1", "b", "2", "c", "3"]


async def test_a_summary_is_counted_and_stands_for_what_was_said(model, agent) -> None:
    made = model([{"text": SAID}, {"text": SAID}, {"text": "They agree."}, {"text": "fine"}, {"text": "good"}])
    one = await agent(memory=MemoryOptions(tokens=150, compaction=Compaction(keep=1, at=0.5)))
    await one.chat("a")
    await one.chat("b")
    result = await one.execute("c")
    assert result.content == "fine"
    assert result.usage.requests == 2
    assert texts(made.requests[3].messages) == [OPENING + "They agree.", "c"]
    assert texts(one.history) == ["c", "fine"]
    assert one.memory.summary == OPENING + "They agree."
    await one.chat("d")
    assert texts(made.requests[4].messages) == [OPENING + "They agree.", "c", "fine", "d"]
    await one.reset()
    assert (one.memory.summary, one.history) == (None, ())


async def test_a_failed_summary_is_told_in_the_result_and_to_listeners(model, agent, app) -> None:
    model([{"text": SAID}, {"text": SAID}, {"text": ""}, {"text": "fine"}])
    one = await agent(memory=MemoryOptions(tokens=150, compaction=Compaction(keep=1, at=0.5)))
    heard = []
    app.events.subscribe("recovery_used", lambda event: heard.append(event.data["action"]))
    await one.chat("a")
    await one.chat("b")
    result = await one.execute("c")
    await app.events.drain()
    assert [note["action"] for note in result.metadata["recoveries"]] == heard == ["left_out"]
    assert result.usage.requests == 2  # an empty summary has its price, too
    assert texts(one.history) == ["a", SAID.strip(), "b", SAID.strip(), "c", "fine"]


async def test_a_run_that_fails_leaves_the_conversation_as_it_was(model, agent) -> None:
    model([{"text": SAID}, {"text": SAID}, {"text": "short"}, {"error": {"type": "bad_request", "message": "no"}}])
    one = await agent(memory=MemoryOptions(tokens=150, compaction=Compaction(keep=1, at=0.5)))
    await one.chat("a")
    await one.chat("b")
    before = one.history
    with pytest.raises(Exception, match="no"):
        await one.chat("c")
    assert (one.history, one.memory.summary) == (before, None)
    with pytest.raises(ContextLengthError):
        await one.chat("much " * 200)
    assert one.history is before


async def test_chats_side_by_side_lose_no_turn(model, agent) -> None:
    gate = asyncio.Event()
    model([{"text": SAID}] * 2 + [{"text": "short"}, {"text": "fine"}] * 2)
    one = await agent(memory=MemoryOptions(tokens=150, compaction=Compaction(keep=1, at=0.5)))

    async def wait(call):
        if call.input.message.text == "slow":
            await gate.wait()

    one.hooks.register("before_agent_execution", wait)
    await one.chat("a")
    await one.chat("b")
    slow = asyncio.create_task(one.chat("slow"))
    await asyncio.sleep(0)
    await one.chat("quick")
    gate.set()
    await slow
    said = texts(one.history)
    assert {"quick", "slow"} <= set(said)


async def test_the_run_of_a_state_goes_on_with_its_summary(model, agent, square) -> None:
    ask = {"tool_calls": [{"name": "square", "arguments": {"n": 2}}]}
    made = model([{"text": SAID}, {"text": SAID}, {"text": "short"}, ask, {"text": "end"}])
    options = MemoryOptions(tokens=300, compaction=Compaction(keep=1, at=0.25))
    one = await agent(memory=options, tools=("square",))
    await one.chat("a")
    await one.chat("b")
    async with one.steps("c") as steps:
        async for _ in steps:
            state = steps.state()
            break
    other = await agent(memory=options, tools=("square",))
    result = await other.resume(state)
    assert result.content == "end"
    assert made.requests[-1].messages[0].text == OPENING + "short"
    assert other.memory.summary == OPENING + "short"


@pytest.mark.parametrize("junk", [5, {"covered": "x"}, {"covered": -1}, {"summary": 3}])
async def test_junk_in_a_state_is_refused(model, agent, square, junk) -> None:
    model([{"tool_calls": [{"name": "square", "arguments": {"n": 2}}]}])
    one = await agent(memory=MemoryOptions(window=2), tools=("square",))
    async with one.steps("c") as steps:
        async for _ in steps:
            state = steps.state()
            break
    with pytest.raises(RunStateError, match="memory"):
        await one.resume({**state, "data": {"memory": junk}})


async def test_what_a_rule_of_the_run_says_is_no_turn(model, agent) -> None:
    wanted = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    made = model([{"text": "hello"}, {"text": "no data"}, {"text": '{"n": 1}'}, {"text": "bye"}])
    one = await agent(memory=MemoryOptions(window=2))
    await one.chat("a")
    result = await one.execute("b", output=wanted)
    assert result.data == {"n": 1}
    assert [(m.role, m.automatic) for m in made.requests[2].messages][-3:] == [
        ("user", False),
        ("assistant", False),
        ("user", True),
    ]
    await one.chat("c")
    assert texts(made.requests[3].messages)[0] == "b"
    assert [m.automatic for m in made.requests[3].messages].count(True) == 1


async def test_who_has_no_memory_any_more_keeps_the_summary_as_a_message(model, agent) -> None:
    model([{"text": SAID}, {"text": SAID}, {"text": "They agree."}, {"text": "fine"}])
    one = await agent(memory=MemoryOptions(tokens=150, compaction=Compaction(keep=1, at=0.5)))
    for word in "abc":
        await one.chat(word)
    use_no_memory(one)
    assert texts(one.history) == [OPENING + "They agree.", "c", "fine"]


# -- kept conversations ------------------------------------------------------------------------------------------------


async def test_an_agent_of_the_same_name_goes_on(model, agent) -> None:
    made = model([{"text": "hello"}, {"text": "again"}])
    kept = MemoryOptions(persist="talk")
    await (await agent(memory=kept)).chat("a")
    other = await agent(memory=kept)
    assert texts(other.history) == ["a", "hello"]
    await other.chat("b")
    assert texts(made.requests[1].messages) == ["a", "hello", "b"]
    assert texts((await agent(memory=MemoryOptions(persist="another"))).history) == []


async def test_two_agents_add_to_one_conversation(model, agent) -> None:
    made = model([{"text": "1"}, {"text": "2"}, {"text": "3"}])
    kept = MemoryOptions(persist="talk")
    one, two = await agent(memory=kept), await agent(memory=kept)
    await one.chat("a")
    await two.chat("b")
    await one.chat("c")
    assert texts(made.requests[2].messages) == ["a", "1", "b", "2", "c"]


async def test_a_turn_of_another_run_meanwhile_is_not_lost(model, agent) -> None:
    kept = MemoryOptions(persist="talk")
    one, two = await agent(memory=kept), await agent(memory=kept)

    async def meanwhile(call):
        if call.input.message.text == "a":
            await two.chat("b")

    one.hooks.register("before_agent_execution", meanwhile)
    model([{"text": "2"}, {"text": "1"}])
    await one.chat("a")
    assert texts(one.history) == ["b", "2", "a", "1"]
    await two.memory.load(two, two.run.context())
    assert texts(two.history) == ["b", "2", "a", "1"]


async def test_a_reset_holds_for_who_comes_later(model, agent) -> None:
    model([{"text": "1"}])
    kept = MemoryOptions(persist="talk")
    one = await agent(memory=kept)
    await one.chat("a")
    await one.reset()
    assert (await agent(memory=kept)).history == ()
    await one.add_history(message("user", "known"), message("assistant", "yes"))
    assert texts((await agent(memory=kept)).history) == ["known", "yes"]


async def test_what_is_kept_has_versions(model, agent, run) -> None:
    model([{"text": "1"}, {"text": "2"}])
    one = await agent(memory=MemoryOptions(persist="talk"))
    await one.chat("a")
    await one.chat("b")
    view = run.app.states.view(run.context(), "agent", "tester")
    assert [entry.version for entry in await view.history("conversation:talk")] == [2, 1]
    await view.revert("conversation:talk", 1)
    assert texts((await agent(memory=MemoryOptions(persist="talk"))).history) == ["a", "1"]


@pytest.mark.parametrize("value", [3, {"format": 2}, {"format": 1, "messages": [{"role": "cook"}]}])
async def test_what_cannot_be_read_is_an_error(agent, run, model, value) -> None:
    model([])
    await run.app.states.view(run.context(), "agent", "tester").set("conversation:talk", value)
    with pytest.raises(StorageError, match="'talk'"):
        await agent(memory=MemoryOptions(persist="talk"))


async def test_who_remembers_nothing_keeps_nothing(agent, model) -> None:
    model([])
    with pytest.raises(AgentConfigError, match="does not remember"):
        await agent(memory=MemoryOptions(persist="talk"), remember=False)


async def test_every_part_of_a_message_is_kept(agent, model, tmp_path) -> None:
    from llmspell.model.llm import Media, Reasoning, Unknown

    model([])
    parts = (
        Text(text="x"),
        Media(kind="image", media_type="image/png", data=b"\x00\xff"),
        Reasoning(text="hm", signature="s", origin="o"),
        ToolCall(id="1", name="t", arguments={"a": [1, None]}),
        ToolResult(id="1", name="t", content="c", outcome="failed"),
        Unknown(type="u", data={"k": 1}),
    )
    kept = MemoryOptions(persist="talk")
    await (await agent(memory=kept)).add_history(Message(role="assistant", parts=parts))
    assert (await agent(memory=kept)).history == (Message(role="assistant", parts=parts),)


async def test_another_application_goes_on_with_a_conversation(tmp_path) -> None:
    from llmspell.runtime.agents import AgentConfig
    from llmspell.testing import script_model

    flags = {"storage.backend": "sqlite", "storage.path": str(tmp_path / "s.db")}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path / "user")
    told: list[list[str]] = []
    for word in "ab":
        async with App.open(config=config) as app, app.run("spell") as run:
            made = script_model(run, [{"text": word.upper()}])
            given = AgentConfig(name="x", provider="fake", model="m", memory=MemoryOptions(persist="talk"))
            await (await app.agents.create(run, given)).chat(word)
            told.append(texts(made.requests[0].messages))
    assert told == [["a"], ["a", "A", "b"]]
