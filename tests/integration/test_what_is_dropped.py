"""Agents, streams and functions that a script drops: the kernel forgets them while the script runs on."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.builtin.scripted import play
from llmspell.spec import provider
from llmspell.testing.conformance.props import callbacks
from tests.integration.stage import ENDINGS, ISOLATIONS, LANGUAGES, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TEXT = "hi there, " * 50
"""More parts than a stream sends ahead."""
BOUND = 1000
"""Objects that the kernel may hold though they were dropped: engines look for them after so many at the latest."""

AGENTS = {
    "lua": """
        local held = { Agent.new({}), Agent.new({ name = "bob" }), Tools.calculator }
        for _ = 1, params.n do Agent.new({}) end
        return { held[1]:chat("x"), Agent.get("bob"):chat("x"), held[3]:execute({ expression = "6*7" }).value }
    """,
    "javascript": """
        const held = [new Agent({}), await Agent.new({ name: "bob" }), Tools.calculator];
        for (let i = 0; i < params.n; i++) i % 2 ? await Agent.new({}) : await new Agent({}).getConfig();
        const sum = (await held[2].execute({ expression: "6*7" })).value;
        return [await held[0].chat("x"), await Agent.get("bob").chat("x"), sum];
    """,
    "python": """
held = [await Agent.new(), await Agent.new(name="bob"), await Tools.calculator]
for i in range(params["n"]):
    agent = await Agent.new()
    if i % 2:
        loop = {"agent": agent}
        loop["self"] = loop
total = (await held[2].execute(expression="6*7"))["value"]
[await held[0].chat("x"), await (await Agent.get("bob")).chat("x"), total]
""",
}

STREAMS = {
    "lua": """
        local agent = Agent.new({ provider = "counted", model = "x" })
        for i = 1, params.n do
            local stream = agent:stream("x")
            if i % 2 == 0 then stream:next() end
        end
        return agent:chat("x")
    """,
    "javascript": """
        const agent = await Agent.new({ provider: "counted", model: "x" });
        for (let i = 1; i <= params.n; i++) {
            const stream = await agent.stream("x");
            if (i % 2 === 0) await stream.next();
        }
        return await agent.chat("x");
    """,
    "python": """
agent = await Agent.new(provider="counted", model="x")
for i in range(1, params["n"] + 1):
    stream = await agent.stream("x")
    if i % 2 == 0:
        await anext(stream)
await agent.chat("x")
""",
}


@pytest.fixture(params=ISOLATIONS)
async def stage(request, tmp_path):
    """Open a run whose spells are in an engine of their own, in either place."""
    async with AsyncExitStack() as stack:
        yield await Stage(stack, tmp_path, request.param).open([{"text": TEXT}])


async def dropped(stage: Stage, language: str, count: int) -> None:
    """Let a spell drop so many agents; look at the kernel's table whenever it makes one."""
    sizes: list[int] = []
    closed: list[object] = []
    subscriptions = [
        stage.app.events.subscribe("agent_created", lambda _: sizes.append(len(stage.sessions[-1].handles))),
        stage.app.events.subscribe(
            "agent_closed", lambda event: None if stage.sessions[-1].ended else closed.append(event.data["name"])
        ),
    ]
    said = await stage.play(language, AGENTS[language], n=count)
    for one in subscriptions:
        one.cancel()
    assert said == [TEXT] * 2 + [42]
    assert len(sizes) == count + 2
    assert max(sizes) <= BOUND
    assert len(closed) >= count - BOUND
    assert "bob" not in closed
    assert len(stage.sessions[-1].handles) == 0


@pytest.mark.parametrize("language", LANGUAGES)
async def test_agents_that_are_dropped_are_closed_and_those_that_are_held_are_not(stage, language) -> None:
    await dropped(stage, language, 1500)


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_ten_thousand_agents_that_are_dropped(stage, language) -> None:
    await dropped(stage, language, 10_000)


class Counted:
    """Give one answer, always, and count those that are under way."""

    def __init__(self) -> None:
        self.begun = self.ended = self.most = 0

    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[Any]:
        self.begun += 1
        self.most = max(self.most, self.begun - self.ended)
        try:
            async for part in play({"text": TEXT}, request, ctx, 0):
                yield part
        finally:
            self.ended += 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_streams_that_are_dropped_unread_or_half_read_are_closed(stage, language) -> None:
    counted = Counted()
    described = provider("counted", "llmspell.builtin.scripted:ScriptedProvider", "Give one answer, always.")
    stage.app.catalog.register(described, counted, owner=stage.run.id)
    count = 400  # a spell may have 256 open
    assert await stage.play(language, STREAMS[language], n=count) == TEXT
    assert counted.begun == counted.ended == count // 2 + 1
    assert counted.most <= 60  # of at most 50 dropped streams, every other one was read


TAKERS = {
    "lua": "return { take = function(one) return one(1) end }",
    "javascript": "export const take = async (one) => await one(1);",
    "python": "async def take(one):\n    return await one(1)",
}
GIVERS = {
    "lua": """
        local part, sum = Spell.load(params.part), 0
        for i = 1, params.n do
            sum = sum + part.take(function(by) return by end)
            Agent.new({ hooks = { before_agent_execution = function() end } })
        end
        Events.emit("given") Events.flush()
        return sum
    """,
    "javascript": """
        const part = await Spell.load(params.part);
        let sum = 0;
        for (let i = 0; i < params.n; i++) {
            sum += await part.take((by) => by);
            await Agent.new({ hooks: { before_agent_execution: () => {} } });
        }
        await Events.emit("given"); await Events.flush();
        return sum;
    """,
    "python": """
part = await Spell.load(params["part"])
total = 0
for i in range(params["n"]):
    total += await part.take(lambda by: by)
    await Agent.new(hooks={"before_agent_execution": lambda *_: None})
await Events.emit("given")
await Events.flush()
total
""",
}


@pytest.mark.parametrize(("giver", "taker"), list(zip(LANGUAGES, [*LANGUAGES[1:], LANGUAGES[0]], strict=True)))
async def test_functions_handed_to_other_spells_and_to_agents_that_are_dropped_are_released(
    stage, giver, taker
) -> None:
    (stage.folder / f"part{ENDINGS[taker]}").write_text(TAKERS[taker])
    kept: list[int] = []
    subscription = stage.app.events.subscribe("given", lambda _: kept.append(callbacks()))
    before = callbacks()
    assert await stage.play(giver, GIVERS[giver], part=f"part{ENDINGS[taker]}", n=1200) == 1200
    subscription.cancel()
    assert len(kept) == 1
    assert kept[0] - before <= 2 * 500  # of the last functions and the last agents


KEPT_BACK = {
    "lua": """
        local begun = false
        Async.schedule(0, function()
            begun = true
            for _ = 1, params.n do Agent.new({}) end
        end)
        Async.yield_until(function() return begun end)
        return { made = Agent.new({}) }
    """,
    "javascript": """
        (async () => { for (let i = 0; i < params.n; i++) await Agent.new({}) })();
        return { made: await Agent.new({}) };
    """,
}


@pytest.mark.parametrize("language", KEPT_BACK)
async def test_what_an_answer_mentions_lives_until_it_is_sent(stage, language) -> None:
    """Python cancels what it left behind when its main chunk returns: nothing is kept back there."""
    made: list[object] = []
    subscription = stage.app.events.subscribe("agent_created", lambda event: made.append(event.data["name"]))
    found = await stage.play(language, KEPT_BACK[language], n=1200)
    subscription.cancel()
    assert len(made) == 1201
    assert found["made"].agent.name in made
