"""Private data, text from outside and a way out: together they wait for a person, who approves the very bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import PermissionDeniedError
from llmspell.model.approval import Decision
from llmspell.model.decision import Proceed
from llmspell.runtime.app import App
from llmspell.runtime.labels import digest
from llmspell.runtime.tools import ScriptTool
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from llmspell.testing import script_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.runtime.run import Run

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}
YES = Decision(verdict="approve")


def call(*names: str, text: str = "x") -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": {"text": text}} for name in names]}


class World:
    """A run with tools that read, and tools that send; `sent` is what got out."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sent: list[object] = []
        self.agents = 0
        self._add("vault", private=True)
        self._add("page", untrusted=True)
        self._add("send", risk="outward")
        self._add("courier")
        self._add("porter", risk="outward")

    def _add(self, name: str, **extra: object) -> None:
        async def handler(args: Any, ctx: Any) -> object:
            if name == "send":
                self.sent.append(args["text"])
            if name in ("courier", "porter"):
                return await ctx.call("send", args)
            return f"{name}: {args.get('text')}"

        self.run.app.tools.register(self.run, name, f"It is {name}.", ScriptTool(handler, TEXT), extra=extra)

    async def agent(self, *steps: Any, **config: object) -> Any:
        from llmspell.runtime.agents import AgentConfig

        self.agents += 1
        provider = f"fake_{self.agents}"
        script_model(self.run, [*steps, {"text": "done"}], name=provider)
        tools = ("vault", "page", "send", "courier", "porter")
        given: Any = {"name": "tester", "provider": provider, "model": "m", "tools": tools, **config}
        return await self.run.app.agents.create(self.run, AgentConfig(**given))


async def opened(labels: str) -> AsyncIterator[World]:
    config = Config.load(flags={"permissions.labels": labels}, environment={})
    async with App.open(config=config) as app, app.run("test") as run:
        yield World(run)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async for one in opened("approve"):
        yield one


@pytest.mark.parametrize("seen", [("vault",), ("page",), ()])
async def test_two_of_the_three_need_nobody(world: World, seen: tuple[str, ...]) -> None:
    agent = await world.agent(*([call(*seen)] if seen else []), call("send"))
    result = await agent.execute("go")
    assert (result.status, world.sent) == ("done", ["x"])


async def test_all_three_wait_for_a_person_who_sees_why_and_the_hash(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("send", text="secret"))
    paused = await agent.execute("go")
    (waiting,) = paused.pending
    assert world.sent == []
    assert waiting.digest == digest("send", {"text": "secret"})
    assert waiting.why == (
        "it sends data out, and this run has read private data (tool vault) and text from outside (tool page)"
    )
    assert paused.metadata["labels"] == ["private", "untrusted"]
    done = await agent.resume(paused.state, {waiting.id: YES})
    assert (done.status, world.sent) == ("done", ["secret"])


async def test_what_is_rejected_is_not_sent(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("send"))
    paused = await agent.execute("go")
    done = await agent.resume(paused.state, {paused.pending[0].id: Decision(verdict="reject")})
    assert ([one.outcome for one in done.tool_calls], world.sent) == (["done", "done", "refused"], [])


async def test_other_arguments_of_a_person_are_the_bytes_that_run(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("send", text="all"))
    paused = await agent.execute("go")
    await agent.resume(paused.state, {paused.pending[0].id: Decision(verdict="approve", arguments={"text": "some"})})
    assert world.sent == ["some"]


async def test_a_hook_that_changes_what_was_approved_stops_it(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("send", text="nice"))
    paused = await agent.execute("go")
    agent.hooks.register(
        "before_tool_execution", lambda call: Proceed(call.replace(input={"text": "evil"})), owner="test"
    )
    done = await agent.resume(paused.state, {paused.pending[0].id: YES})
    assert world.sent == []
    record = done.tool_calls[-1]
    assert (record.outcome, "differs from what a person approved" in record.error["message"]) == ("refused", True)


@pytest.mark.parametrize("approve", [None, True, ("send",)])
async def test_always_is_about_other_bytes(world: World, approve: Any) -> None:
    agent = await world.agent(call("vault", "page"), call("send", text="a"), call("send", text="b"), approve=approve)
    paused = await agent.execute("go")
    always = Decision(verdict="approve", always="agent")
    while paused.pending and not any(one.tool == "send" for one in paused.pending):
        paused = await agent.resume(paused.state, {one.id: always for one in paused.pending})
    again = await agent.resume(paused.state, {paused.pending[0].id: always})
    assert (again.status, world.sent) == ("paused", ["a"])
    assert again.pending[0].arguments == {"text": "b"}


async def test_what_was_rejected_for_good_stays_rejected(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("send", text="a"), call("send", text="b"))
    paused = await agent.execute("go")
    never = Decision(verdict="reject", always="agent")
    done = await agent.resume(paused.state, {paused.pending[0].id: never})
    assert ([one.outcome for one in done.tool_calls][2:], world.sent) == (["refused", "refused"], [])


async def test_a_function_that_approves_does_not_stand_for_a_person(world: World) -> None:
    async def yes(_: object, __: object) -> object:
        return True

    agent = await world.agent(call("vault", "page"), call("send"), approve=yes)
    assert (await agent.execute("go")).status == "paused"

    async def no(_: object, __: object) -> object:
        return False

    agent = await world.agent(call("send"), approve=no)
    done = await agent.execute("go")
    assert ([one.outcome for one in done.tool_calls], world.sent) == (["refused"], [])


async def test_a_tool_within_a_tool_is_watched_too(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("courier", text="secret"))
    done = await agent.execute("go")
    assert (done.status, world.sent) == ("done", [])
    assert "risk = 'outward'" in str(done.tool_calls[-1].error)


async def test_a_tool_that_says_what_it_does_can_be_approved_with_what_it_calls(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("porter", text="secret"))
    paused = await agent.execute("go")
    assert paused.pending[0].tool == "porter"
    await agent.resume(paused.state, {paused.pending[0].id: YES})
    assert world.sent == ["secret"]


async def test_labels_are_those_of_the_run_and_not_of_one_agent(world: World) -> None:
    reader = await world.agent(call("vault", "page"))
    await reader.execute("go")
    sender = await world.agent(call("send"), name="other")
    assert (await sender.execute("go")).status == "paused"


async def test_what_the_spell_itself_sends_needs_nobody(world: World) -> None:
    await (await world.agent(call("vault", "page"))).execute("go")
    await world.run.app.tools.execute(world.run.context(), "send", {"text": "mine"})
    assert world.sent == ["mine"]


async def test_labels_go_with_the_state_of_a_run(world: World) -> None:
    agent = await world.agent(call("vault", "page"), call("send", text="a"), call("send", text="b"))
    paused = await agent.execute("go")
    async for elsewhere in opened("approve"):
        other = await elsewhere.agent(call("send", text="b"))
        again = await other.resume(paused.state, {paused.pending[0].id: YES})
        assert (again.status, elsewhere.sent) == ("paused", ["a"])


async def test_labels_that_were_damaged_count_as_all_of_them(world: World) -> None:
    agent = await world.agent(call("send", text="a"), call("send", text="b"), approve=("send",))
    paused = await agent.execute("go")
    state = {**paused.state, "data": {"labels": "none"}}
    again = await agent.resume(state, {paused.pending[0].id: YES})
    assert again.pending[0].digest


@pytest.mark.parametrize(("labels", "outcome", "sent"), [("refuse", "refused", []), ("off", "done", ["x"])])
async def test_what_the_configuration_says(labels: str, outcome: str, sent: list[str]) -> None:
    async for world in opened(labels):
        agent = await world.agent(call("vault", "page"), call("send"))
        done = await agent.execute("go")
        assert ([one.outcome for one in done.tool_calls][-1], world.sent) == (outcome, sent)
        assert ("labels" in done.metadata) is (labels != "off")


async def test_results_say_their_labels(world: World) -> None:
    async def labels(name: str) -> object:
        output = await world.run.app.tools.execute(world.run.context(), name, {"text": "x"})
        return output.metadata.get("labels")

    assert await labels("send") is None
    assert await labels("vault") == ["private"]
    assert await labels("page") == ["private", "untrusted"]  # a function of a script may hand on what was read before
    assert await labels("send") == ["private", "untrusted"]


async def test_a_file_of_a_private_place_labels_the_result_of_whatever_read_it(tmp_path: Path) -> None:
    pytest.importorskip("llmspell_tools_files", reason="the tool is that for files")
    (tmp_path / "customers").mkdir()
    (tmp_path / "customers" / "a").write_text("Ada")
    (tmp_path / "open").write_text("hello")
    config = Config.load(flags={"permissions.private": ["fs.read=customers"]}, environment={})
    grants = Grants.default(cwd=tmp_path).extended(["fs.read=."])
    async with App.open(config=config, grants=grants) as app, app.run("test", working=tmp_path) as run:
        for path, found in (
            ("open", ["untrusted"]),
            ("customers/a", ["private", "untrusted"]),
            ("open", ["untrusted"]),
        ):
            output = await app.tools.execute(run.context(), "file_reader", {"path": path})
            assert output.metadata["labels"] == found
        assert run.labels["private"] == (f"fs.read {tmp_path}/customers/a",)


async def test_an_approved_tool_is_still_held_to_its_rights(world: World) -> None:
    with pytest.raises(PermissionDeniedError):
        await world.run.context().grants.required("net.connect", "example.com:443")


async def test_a_conversation_that_is_kept_keeps_its_labels(tmp_path: Path) -> None:
    from llmspell.model.memory import MemoryOptions

    config = Config.load(flags={"storage.backend": "memory"}, environment={})
    async with App.open(config=config) as app:
        async with app.run("one") as run:
            first = World(run)
            await (await first.agent(call("vault", "page"), memory=MemoryOptions(persist="talk"))).execute("go")
        async with app.run("one") as run:
            second = World(run)
            agent = await second.agent(call("send"), memory=MemoryOptions(persist="talk"))
            assert (await agent.execute("go")).status == "paused"
