"""Calls that wait for a person, as a log knows them; time that stands still; programs that pause."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import RunPausedError, UsageError, ValidationError
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.journal.program import durable
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.recorded import Recorded
from llmspell.runtime.journal.waits import WaitRecords, waiting_calls
from llmspell.runtime.labels import digest
from llmspell.runtime.peers.delegation import negotiate
from llmspell.runtime.tools import ScriptTool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.runtime.agents import Agent
    from llmspell.runtime.journal.program import Program

PLACE = "c1:x/2:approval"


def waits(number: int, *ids: str, path: str = PLACE) -> dict[str, Any]:
    calls = [{"id": one, "tool": "mail", "arguments": {}, "why": ""} for one in ids]
    return {"k": "waits", "p": path, "r": number, "agent": "a", "calls": calls, "expires": None}


def decided(*ids: str, path: str = PLACE, **more: object) -> dict[str, Any]:
    return {"k": "decided", "p": path, "calls": dict.fromkeys(ids, "approve"), **more}


def known(*records: dict[str, Any]) -> WaitRecords:
    found = WaitRecords()
    for one in records:
        found.take(one)
    return found


def open_ids(records: WaitRecords) -> list[str]:
    return [one["id"] for one in waiting_calls(records.open())]


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([waits(1, "a", "b")], ["a", "b"]),
        ([waits(1, "a", "b"), decided("a")], ["b"]),
        ([waits(1, "a", "b"), decided("a"), waits(2, "b")], ["b"]),
        ([waits(1, "a", "b"), decided("a"), decided("b")], []),
        ([waits(1, "a", "b"), decided("a"), waits(2, "b"), decided("b")], []),
        ([waits(1, "a"), decided("a"), waits(2, "a")], ["a"]),  # models use an id again
        ([waits(1, "a"), decided("a"), waits(2, "a", "b"), decided("a")], ["b"]),
        ([waits(1, "a"), decided(expired=True)], []),
        ([waits(1, "a", "b"), decided("a"), {"k": "waited", "p": PLACE}], []),
        ([waits(1, "a"), waits(1, "a", path="other"), decided("a", path="other")], ["a"]),
    ],
)
def test_what_nobody_decided_waits(records, left) -> None:
    assert open_ids(known(*records)) == left


@given(st.lists(st.sets(st.sampled_from("abc"), min_size=1), min_size=1, max_size=4))
def test_each_round_takes_one_decision_whenever_it_was_written(rounds: list[set[str]]) -> None:
    """A crash may come between a decision and the round that takes it: the order of records is another then."""
    answers = [decided(*sorted(one)) for one in rounds]
    asked = [waits(n, *"abc") for n in range(1, len(rounds) + 1)]
    late, early = known(*asked, *answers), known(asked[0], *answers, *asked[1:])
    for n, one in enumerate(rounds, 1):
        for found in (late, early):
            answer = found.answer(PLACE, n)
            assert answer is not None
            assert set(answer["calls"]) == one
    assert late.answer(PLACE, len(rounds) + 1) is None
    assert open_ids(late) == open_ids(early) == sorted(set("abc") - rounds[-1])


def test_only_what_waits_can_be_decided() -> None:
    found = known(waits(1, "a", "b"), decided("a"))
    found.check({PLACE: {"b": {"reason": "no"}}})
    found.check({})
    for wrong in ({PLACE: {"a": "approve"}}, {"elsewhere": {"b": "approve"}}):
        with pytest.raises(UsageError) as raised:
            found.check(wrong)
        assert raised.value.suggestions == (f"b at {PLACE}",)
    with pytest.raises(ValidationError):
        found.check({PLACE: {"b": "perhaps"}})


# -- time --------------------------------------------------------------------------------------------------------------


def timed(*records: dict[str, Any]) -> Recorded:
    begun = [
        {"k": "run", "n": 0, "t": 1000.0, "id": "r"},
        {"k": "intent", "n": 1, "t": 1000.0, "p": "w/timer", "o": "timer", "s": "w", "e": "pure", "due": 1060.0},
        {"k": "intent", "n": 2, "t": 1000.0, "p": "s/timer", "o": "timer", "s": "s", "e": "pure", "due": 1005.0},
        {"k": "done", "n": 3, "t": 1001.0, "p": "s/timer", "o": "timer", "fired": False, "left": None},
        {"k": "intent", "n": 4, "t": 1001.0, "p": "z", "o": "effect", "s": "sleep", "e": "idempotent", "due": 1020.0},
    ]
    return Recorded([*begun, *records])


def test_a_limit_has_what_it_had_left_when_the_run_was_paused() -> None:
    pause = {"k": "finished", "n": 5, "t": 1010.0, "status": "paused"}
    found = timed(pause)
    assert found.status == "paused"
    found.went_on(9000.0)
    assert found.timers["w/timer"]["due"] - 9000.0 == 50.0
    assert found.timers["s/timer"]["due"] == 1005.0  # that one had ended
    assert found.intents["z"]["due"] == 1020.0  # sleeps end when they end
    assert (found.status, found.stood) == ("", 7990.0)


def test_pauses_add_up_and_crashes_do_not() -> None:
    found = timed(
        {"k": "finished", "n": 5, "t": 1010.0, "status": "paused"},
        {"k": "resumed", "n": 6, "t": 2010.0},
        {"k": "resumed", "n": 7, "t": 2020.0},  # it was killed in between
        {"k": "finished", "n": 8, "t": 2030.0, "status": "paused"},
        {"k": "resumed", "n": 9, "t": 2130.0},
    )
    assert found.timers["w/timer"]["due"] == 1060.0 + 1000.0 + 100.0
    assert found.stood == 1100.0
    found.went_on(5000.0)
    assert found.stood == 1100.0


def test_a_fork_of_a_paused_run_has_paused_since_it_was_made() -> None:
    records = [
        {"k": "run", "n": 0, "t": 3000.0, "id": "fork"},
        {"k": "finished", "n": 1, "t": 1010.0, "status": "paused"},
    ]
    found = Recorded(records)
    found.went_on(3100.0)
    assert found.stood == 100.0


# -- programs ----------------------------------------------------------------------------------------------------------

MAIL = {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with App.open() as app:
        yield app


class Mails:
    """Agents that send mails when somebody lets them."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.sent: list[str] = []

    async def agent(
        self, program: Program, steps: list[dict[str, Any]], name: str = "mailer", *, outward: bool = False
    ) -> Agent:
        async def send(given: Any, _: object) -> str:
            self.sent.append(given["to"])
            return "sent"

        if "mail" not in {one.name for one in self.app.catalog.list("tool", owner=program.run.id)}:
            risk = {"risk": "outward"} if outward else {}
            tool = ScriptTool(send, MAIL, composed=False)
            about: Any = {"category": "test", "effect": "once", "extra": risk}
            self.app.tools.register(program.run, "mail", "Send a mail.", tool, **about)
        script = {"script": {"steps": steps}}
        asked = None if outward else ("mail",)
        config = AgentConfig(name=name, provider="scripted", tools=("mail",), approve=asked, extra=script)
        return await self.app.agents.create(program.run, config)


def asking(*to: str) -> dict[str, Any]:
    return {"tool_calls": [{"name": "mail", "arguments": {"to": one}} for one in to]}


async def test_a_program_is_paused_and_goes_on_with_decisions(app: App, tmp_path: Path) -> None:
    log, mails, counted = tmp_path / "p.jsonl", Mails(app), []

    async def program(**options: Any) -> str:
        async with durable(app, log, **options) as made:

            async def count() -> int:
                counted.append(1)
                return len(counted)

            await made.step("count", count)
            agent = await mails.agent(made, [asking("ann", "bob"), {"text": "Done."}])
            return (await made.answer("ask", agent, "tell them")).content

    for _ in range(2):
        with pytest.raises(RunPausedError) as raised:
            await program()
        calls: Any = raised.value.context["waits"]
        assert [(one["agent"], one["tool"], one["arguments"]) for one in calls] == [
            ("mailer", "mail", {"to": "ann"}), ("mailer", "mail", {"to": "bob"}),
        ]  # fmt: skip
    first, second = calls
    with pytest.raises(UsageError, match="call_9"):
        await program(decisions={first["path"]: {"call_9": "approve"}})
    with pytest.raises(RunPausedError):
        await program(decisions={first["path"]: {first["id"]: "approve"}}, by="tester")
    assert mails.sent == ["ann"]
    assert await program(decisions={second["path"]: {second["id"]: "reject"}}) == "Done."
    assert (mails.sent, counted) == (["ann"], [1])
    assert [one.get("by") for one in read(log) if one["k"] == "decided"] == ["tester", ""]


async def test_a_program_that_is_cancelled_by_others_is_not_paused(app: App, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def program() -> None:
        async with durable(app, tmp_path / "p.jsonl") as made:

            async def wait() -> None:
                begun.set()
                await asyncio.get_running_loop().create_future()

            await made.step("wait", wait)

    task = asyncio.create_task(program())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(one["k"] == "finished" for one in read(tmp_path / "p.jsonl"))


async def test_who_is_asked_to_take_a_task_may_ask_a_person_first(app: App, tmp_path: Path) -> None:
    log, mails = tmp_path / "p.jsonl", Mails(app)
    bid = {"accept": True, "confidence": 0.5, "reason": "free", "conditions": []}
    decisions: dict[str, Any] = {}
    for life in range(2):
        try:
            async with durable(app, log, decisions=decisions) as made:
                source = await mails.agent(made, [], "source")
                other = await mails.agent(made, [asking("ann"), {"text": json.dumps(bid)}], "other")
                (found,) = await negotiate(source, [other], made.at("negotiate"), "write")
                assert (found.agent, found.accept, found.confidence) == ("other", True, 0.5)
                assert life == 1
        except RunPausedError as error:
            call: Any = error.context["waits"][0]  # type: ignore[index]  # a list
            decisions = {call["path"]: {call["id"]: "approve"}}
    assert mails.sent == ["ann"]


async def test_what_must_be_approved_byte_by_byte_is(app: App, tmp_path: Path) -> None:
    log, mails = tmp_path / "p.jsonl", Mails(app)
    decisions: dict[str, Any] = {}
    for _ in range(2):
        try:
            async with durable(app, log, decisions=decisions) as made:
                agent = await mails.agent(made, [asking("ann"), {"text": "Done."}], outward=True)
                made.run.context().label("private", "untrusted")
                assert (await made.answer("ask", agent, "tell her")).content == "Done."
        except RunPausedError as error:
            call: Any = error.context["waits"][0]  # type: ignore[index]  # a list
            assert call["digest"] == digest("mail", {"to": "ann"})
            decisions = {call["path"]: {call["id"]: "approve"}}
    assert mails.sent == ["ann"]


async def test_what_waits_is_written_without_secrets(app: App, tmp_path: Path) -> None:
    log, mails = tmp_path / "p.jsonl", Mails(app)
    app.services.secrets.add("door", "hunter2-hunter2")

    async def program(**options: Any) -> None:
        async with durable(app, log, **options) as made:
            agent = await mails.agent(made, [asking("hunter2-hunter2"), {"text": "Done."}])
            await made.answer("ask", agent, "tell her")

    with pytest.raises(RunPausedError) as raised:
        await program()
    call: Any = raised.value.context["waits"][0]  # type: ignore[index]  # a list
    assert "hunter2" not in json.dumps(call)
    await program(decisions={call["path"]: {call["id"]: {"arguments": {"to": "bob, not hunter2-hunter2"}}}})
    assert mails.sent == ["bob, not hunter2-hunter2"]
    assert b"hunter2" not in log.read_bytes()
