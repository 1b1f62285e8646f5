"""Calls of a script: answered at once or by a task, in the order in which they were made."""

from __future__ import annotations

import asyncio
from typing import Any

from llmspell.bridge.caps import Caps
from llmspell.bridge.session import SpellSession
from llmspell.errors import ScriptResourceError


async def test_a_plain_call_waits_for_the_calls_made_before_it(spell) -> None:
    async def main(guest) -> Any:
        started = [
            guest.start("Config.set", "mine.n", 1)[1],
            guest.start("Tools.register", {"name": "late", "execute": guest.function(lambda _: 1)})[1],
            guest.start("Tools.get", "late")[1],
            guest.start("Config.get", "mine.n")[1],
        ]
        answers = await asyncio.gather(*started)
        return [answers[2]["$v"]["name"], answers[3]]

    assert await spell(main) == ["late", 1]


async def test_calls_given_up_before_they_began_do_not_count(spell) -> None:
    async def main(guest) -> Any:
        for _ in range(20):
            number, _ = guest.start("Async.sleep", 3_600_000)
            guest.put({"t": "cancel", "id": number})
        return await guest.call("Storage.exists", "a")

    assert await spell(main, caps=Caps(calls=3)) is False


async def test_answers_too_large_for_one_frame_go_one_by_one(app, guest) -> None:
    class Narrow(guest):  # type: ignore[misc]  # the fixture gives the class
        """A channel whose frames hold one answer."""

        def write(self, messages: list[dict[str, Any]]) -> None:
            if len(messages) > 1:
                raise ScriptResourceError("too much for a frame")
            super().write(messages)

    async def main(guest) -> Any:
        return await asyncio.gather(*(guest.start("Config.get", "nothing", n)[1] for n in range(3)))

    async with app.run("test") as run:
        assert await SpellSession(run, Narrow(main)).drive() == [0, 1, 2]


async def test_plain_calls_count_while_the_engine_is_slow_to_take_answers(app, guest) -> None:
    class Slow(guest):  # type: ignore[misc]  # the fixture gives the class
        """A channel that takes no answers while it is congested."""

        async def send(self, messages: list[dict[str, Any]]) -> None:
            if messages[-1]["t"] == "settle":
                await gate.wait()
            super().write(messages)

    gate = asyncio.Event()

    async def main(guest) -> Any:
        guest.congested = True
        started = [guest.start("Config.get", "nothing", n)[1] for n in range(5)]
        answers = await asyncio.gather(*started[2:], return_exceptions=True)
        gate.set()
        guest.congested = False
        return [*await asyncio.gather(*started[:2]), *(str(one) for one in answers)]

    async with app.run("test") as run:
        answers: Any = await SpellSession(run, Slow(main), caps=Caps(calls=2)).drive()
    assert answers == [0, 1, *["2 calls are outstanding, which is the limit"] * 3]


async def test_an_answer_nobody_takes_does_not_keep_the_session_open(app, guest) -> None:
    class Stuck(guest):  # type: ignore[misc]  # the fixture gives the class
        """A channel that never takes the answer of a call that waited."""

        async def send(self, messages: list[dict[str, Any]]) -> None:
            if messages[-1]["t"] == "settle":
                held.set()
                await asyncio.Event().wait()
            super().write(messages)

    held = asyncio.Event()

    async def main(guest) -> Any:
        guest.start("Async.sleep", 0)  # it waits for a turn of the loop
        await held.wait()
        return "ended"

    async with app.run("test") as run:
        assert await asyncio.wait_for(SpellSession(run, Stuck(main)).drive(), 10) == "ended"


async def test_a_second_call_of_one_number_does_not_get_past_the_limit(spell, guest_error) -> None:
    async def main(guest) -> Any:
        number, first = guest.start("Async.sleep", 3_600_000)
        guest.put({"t": "call", "id": number, "op": "Async.sleep", "args": [3_600_000]})
        try:
            await first
        except guest_error as error:
            return error.error["message"]

    assert "second call 1" in await spell(main)


async def test_functions_given_back_with_a_message_too_large_are_given_back_later(app, guest) -> None:
    class Narrow(guest):  # type: ignore[misc]  # the fixture gives the class
        """A channel that refuses the first answer to a request to unsubscribe."""

        def write(self, messages: list[dict[str, Any]]) -> None:
            if leading and messages[-1]["t"] == "release" and not refused:
                refused.append(messages)
                raise ScriptResourceError("too much for a frame")
            super().write(messages)

    refused: list[Any] = []
    leading: list[bool] = []

    async def main(guest) -> Any:
        subscription = await guest.call("Events.subscribe", "x", guest.function(lambda _: None))
        leading.append(True)
        await asyncio.gather(guest.start("Events.unsubscribe", subscription)[1], return_exceptions=True)
        await guest.call("Storage.get", "a")
        return guest.released

    async with app.run("test") as run:
        assert await SpellSession(run, Narrow(main)).drive() == [1]
    assert refused
