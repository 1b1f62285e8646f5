"""What becomes of agents that a script drops, and of what it made with them."""

from __future__ import annotations

import gc
from typing import Any

from tests.unit.bridge.scripted_agents import new, says, scripted


async def test_agents_are_closed_with_the_spell(app, spell) -> None:
    closed: list[object] = []
    app.events.subscribe("agent_closed", lambda event: closed.append(event.data["name"]))

    async def main(guest) -> Any:
        await new(guest, "bob", "hi")
        agent = await guest.call("Agent.new", says("x"))
        guest.put({"t": "release", "h": [agent["$h"]]})
        await guest.call("Storage.get", "wait")

    await spell(main)
    assert closed == ["agent-1", "bob"]


async def test_an_agent_that_works_is_closed_when_it_has_done(app, spell) -> None:
    closed: list[object] = []
    app.events.subscribe("agent_closed", lambda event: closed.append(event.data["name"]))

    async def main(guest) -> Any:
        agent = await guest.call("Agent.new", says("hi"))
        inside: list[object] = []

        def hook(*_: object) -> None:
            guest.put({"t": "release", "h": [agent["$h"]]})
            inside.append(list(closed))

        await guest.call("agent.register_hook", agent, "before_execution", guest.function(hook))
        first = guest.start("agent.chat", agent, "x")[1]
        answer = await first
        await guest.call("Storage.get", "wait")
        return answer, inside, list(closed)

    assert await spell(main) == ["hi", [[]], ["agent-1"]]


async def test_an_agent_whose_answer_is_read_later_is_closed_after_that(app, spell) -> None:
    closed: list[object] = []
    app.events.subscribe("agent_closed", lambda event: closed.append(event.data["name"]))

    async def main(guest) -> Any:
        agent = await guest.call("Agent.new", says("hi"))
        stream = await guest.call("agent.stream", agent, "x")
        guest.put({"t": "release", "h": [agent["$h"]]})
        await guest.call("Storage.get", "wait")
        before = list(closed)
        parts = await guest.items(stream)
        await guest.call("Storage.get", "wait")
        return before, parts[-1]["type"], list(closed)

    assert await spell(main) == [[], "done", ["agent-1"]]


async def test_an_agent_that_another_falls_back_on_stays(app, spell) -> None:
    closed: list[str] = []
    app.events.subscribe("agent_closed", lambda event: closed.append(event.data["name"]))

    async def main(guest) -> Any:
        other = await guest.call("Agent.new", says("rescued"))
        failing = scripted({"error": {"type": "authentication", "message": "no"}})
        agent = await guest.call("Agent.new", {**failing, "error_strategy": {"type": "fallback", "agent": other}})
        guest.put({"t": "release", "h": [other["$h"]]})
        await guest.call("Storage.get", "wait")
        rescued = await guest.call("agent.chat", agent, "x")
        before = list(closed)
        guest.put({"t": "release", "h": [agent["$h"]]})
        await guest.call("Storage.get", "wait")
        gc.collect()  # a failure leads to the frames that it passed, in a circle
        await guest.call("Storage.get", "wait")
        return rescued, before, sorted(closed)

    assert await spell(main) == ["rescued", [], ["agent-1", "agent-2"]]


async def test_the_hooks_of_an_agent_go_with_it(spell) -> None:
    async def main(guest) -> Any:
        for _ in range(3):
            agent = await guest.call("Agent.new", says("hi"))
            hook = await guest.call(
                "agent.register_hook", agent, "after_agent_execution", guest.function(lambda *_: None)
            )
            await guest.call("agent.chat", agent, "x")
            listed = len(await guest.call("Hooks.list"))
            guest.put({"t": "release", "h": [agent["$h"], hook["$h"]]})
        await guest.call("Storage.get", "wait")
        return listed, await guest.call("Hooks.list")

    assert await spell(main) == [1, []]


async def test_a_call_that_mentions_an_agent_is_served_though_it_was_dropped_right_after(spell) -> None:
    async def main(guest) -> Any:
        agent = await guest.call("Agent.new", says("hi"))
        calls = [guest.start("agent.chat", agent, "x")[1] for _ in range(3)]
        guest.put({"t": "release", "h": [agent["$h"]]})
        return [await one for one in calls]

    assert await spell(main) == ["hi", "hi", "hi"]


async def test_hooks_and_subscriptions_stay_when_the_script_drops_their_objects(spell) -> None:
    async def main(guest) -> Any:
        heard: list[object] = []
        agent = await new(guest, "bob", "hi")
        made = [
            await guest.call(
                "agent.register_hook", agent, "before_execution", guest.function(lambda *_: heard.append(1))
            ),
            await guest.call("Events.subscribe", "tick", guest.function(lambda *_: heard.append(2))),
        ]
        guest.put({"t": "release", "h": [one["$h"] for one in made]})
        await guest.call("agent.chat", agent, "x")
        await guest.call("Events.emit", "tick", {})
        await guest.call("Async.sleep", 0)
        return heard

    assert await spell(main) == [1, 2]
