"""Calls of a script against a model: what it does happens in the order in which it did it."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.bridge.caps import Caps
from llmspell.bridge.session import SpellSession
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("a", "b", "c")
ASYNCHRONOUS = "Tools.register"
Step = tuple[str, str]
steps = st.one_of(
    st.tuples(
        st.sampled_from([ASYNCHRONOUS, "Tools.get", "Tools.unregister", "Tools.missing"]), st.sampled_from(NAMES)
    ),
    st.tuples(st.sampled_from(["cancel", "pause"]), st.just("")),
)


class Model:
    """Keep the names a spell registered, and the calls that wait until the engine rests."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.calls: list[Step] = []
        self.waiting: list[int] = []
        self.answers: list[object] = []

    def do(self, op: str, name: str) -> object:
        known = name in self.there
        if op == ASYNCHRONOUS:
            self.there.add(name)
            return "clash" if known else "ok"
        if op == "Tools.unregister":
            self.there.discard(name)
            return known
        return "ok" if known else "tool_not_found"

    def pause(self) -> None:
        for index in self.waiting:
            self.answers[index] = self.do(*self.calls[index])
        self.waiting.clear()

    def cancel(self) -> None:
        if self.waiting and self.waiting[-1] == len(self.calls) - 1:
            self.waiting.pop()

    def call(self, op: str, name: str) -> None:
        self.calls.append((op, name))
        if op == "Tools.missing":
            self.answers.append("unknown")
        elif op == ASYNCHRONOUS or self.waiting:
            self.waiting.append(len(self.answers))
            self.answers.append(None)
        else:
            self.answers.append(self.do(op, name))


def model(taken: Sequence[Step]) -> list[object]:
    """Give the answer of every call in order, None for one that was cancelled before it began."""
    made = Model()
    for op, name in (*taken, ("pause", "")):
        if op == "pause":
            made.pause()
        elif op == "cancel":
            made.cancel()
        else:
            made.call(op, name)
    return made.answers


async def outcome(future: asyncio.Future[Any], guest_error: type[Any]) -> object:
    if not future.done():
        return None
    try:
        value = await future
    except guest_error as error:
        kind = error.error["type"]
        return {"api_unavailable": "unknown", "name_clash": "clash"}.get(kind, kind)
    return "ok" if isinstance(value, dict) else value


async def rest() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def played(guest: Any, guest_error: type[Any], taken: Sequence[Step]) -> list[object]:
    """Do the same in a session; nothing the guest says between two pauses waits for anything."""

    async def main(guest: Any) -> object:
        futures: list[asyncio.Future[Any]] = []
        for op, name in (*taken, ("pause", "")):
            if op == "pause":
                await rest()
            elif op == "cancel":
                if futures and not futures[-1].done():
                    guest.put({"t": "cancel", "id": len(futures)})
            else:
                tool = {"name": name, "execute": guest.function(lambda _: 1)}
                futures.append(guest.start(op, tool if op == ASYNCHRONOUS else name)[1])
        return [await outcome(one, guest_error) for one in futures]

    async with App.open(selection=PluginSelection.read(["no:*"])) as app, app.run("order") as run:
        answers: Any = await SpellSession(run, guest(main), caps=Caps(calls=5000)).drive(name="test.lua")
        return list(answers)


class TestOrder:
    def test_a_thousand_mixed_calls_answer_as_the_model_does(self, guest: Any, guest_error: Any) -> None:
        chosen = random.Random(1)
        ops = [ASYNCHRONOUS, "Tools.get", "Tools.get", "Tools.unregister", "cancel", "pause"]
        taken = [(chosen.choice(ops), chosen.choice(NAMES)) for _ in range(1400)]
        taken = [(op, "" if op in ("cancel", "pause") else name) for op, name in taken]
        assert sum(op.startswith("Tools") for op, _ in taken) >= 900
        assert asyncio.run(played(guest, guest_error, taken)) == model(taken)

    def test_any_short_sequence_does(self, guest: Any, guest_error: Any) -> None:
        @settings(max_examples=60, deadline=None)
        @given(st.lists(steps, max_size=25))
        def check(taken: list[Step]) -> None:
            assert asyncio.run(played(guest, guest_error, taken)) == model(taken)

        check()
