"""Durable runs of Python programs."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import JournalBusyError, NonDeterminismError, UncertainOutcomeError, UsageError
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.journal.program import durable
from llmspell.runtime.journal.reading import read

if TYPE_CHECKING:
    from pathlib import Path


class PowerCutError(Exception):
    """The power goes."""


@asynccontextmanager
async def cut_off(app: App, path: Path):
    """Give a program that is cut off at the end of the block."""
    with suppress(PowerCutError):
        async with durable(app, path) as program:
            yield program
            raise PowerCutError


class Work:
    """Count what is done."""

    def __init__(self, value: object = 1, error: Exception | None = None) -> None:
        self.count = 0
        self.value = value
        self.error = error

    async def __call__(self) -> object:
        self.count += 1
        if self.error is not None:
            raise self.error
        return self.value


@pytest.fixture
async def app():
    async with App.open() as app:
        yield app


async def test_a_step_gives_the_first_time_what_it_gives_again(app, tmp_path) -> None:
    work = Work({"pair": (1, 2), "all": {3}})
    async with cut_off(app, tmp_path / "p.jsonl") as program:
        first = await program.step("a", work)
    async with durable(app, tmp_path / "p.jsonl") as program:
        assert await program.step("a", work) == first == {"pair": [1, 2], "all": [3]}
    assert work.count == 1


async def test_the_effect_of_a_step_is_one_of_three(app, tmp_path) -> None:
    async with durable(app, tmp_path / "p.jsonl") as program:
        with pytest.raises(UsageError, match="'twice'") as caught:
            await program.step("a", Work(), effect="twice")
    assert "pure, idempotent, once" in caught.value.suggestions[0]


async def test_a_step_is_done_once_however_often_the_program_is_started(app, tmp_path) -> None:
    first, second = Work([1, {"a": b"x"}]), Work(2)
    async with cut_off(app, tmp_path / "p.jsonl") as program:
        assert await program.step("first", first) == [1, {"a": b"x"}]
    async with durable(app, tmp_path / "p.jsonl") as program:
        assert await program.step("second", second) == 2  # another order does not matter
        assert await program.step("first", first) == [1, {"a": b"x"}]
    assert (first.count, second.count) == (1, 1)
    assert [one["k"] for one in read(tmp_path / "p.jsonl")][-1] == "finished"


async def test_a_run_that_has_ended_is_not_begun_again(app, tmp_path) -> None:
    async with durable(app, tmp_path / "p.jsonl"):
        pass
    with pytest.raises(UsageError, match="it is done"):
        async with durable(app, tmp_path / "p.jsonl"):
            pytest.fail("it began")


async def test_a_step_that_failed_fails_alike(app, tmp_path) -> None:
    work = Work(error=UsageError("no"))
    for _ in range(2):
        with pytest.raises(UsageError, match="no"):
            async with durable(app, tmp_path / "p.jsonl") as program:
                await program.step("only", work)
    assert work.count == 1


async def test_a_name_is_used_once(app, tmp_path) -> None:
    async with durable(app, tmp_path / "p.jsonl") as program:
        await program.step("one", Work())
        for name in ("one", "", "a/b"):
            with pytest.raises(UsageError, match=repr(name)):
                program.at(name)


async def test_another_input_is_found(app, tmp_path) -> None:
    async with cut_off(app, tmp_path / "p.jsonl") as program:
        await program.step("one", Work(), input={"n": 1})
    with pytest.raises(NonDeterminismError) as caught:
        async with durable(app, tmp_path / "p.jsonl") as program:
            await program.step("one", Work(), input={"n": 2})
    assert '"n": 2' in str(caught.value.context["difference"])


async def cut_before_the_outcome(path) -> None:
    """Leave of the log what a crash within the step leaves."""
    lines = path.read_bytes().splitlines(keepends=True)
    intent = next(n for n, line in enumerate(lines) if b'"k":"intent"' in line)
    path.write_bytes(b"".join(lines[: intent + 1]))


@pytest.mark.parametrize(("assume", "done"), [("done", 1), ("not-done", 2)])
async def test_people_say_what_became_of_a_step_that_nobody_knows_of(app, tmp_path, assume, done) -> None:
    work, path = Work("made"), tmp_path / "p.jsonl"
    async with cut_off(app, path) as program:
        await program.step("pay", work)
    await cut_before_the_outcome(path)
    with pytest.raises(UncertainOutcomeError, match="pay"):
        async with durable(app, path) as program:
            await program.step("pay", work)
    async with durable(app, path, assume={"pay": assume}) as program:
        assert await program.step("pay", work) == (None if assume == "done" else "made")
    assert work.count == done


async def test_what_may_be_repeated_is_done_again(app, tmp_path) -> None:
    work, path = Work(), tmp_path / "p.jsonl"
    async with cut_off(app, path) as program:
        await program.step("read", work, effect="idempotent")
    await cut_before_the_outcome(path)
    async with durable(app, path) as program:
        assert await program.step("read", work, effect="idempotent") == 1
    assert work.count == 2


async def test_two_cannot_have_one_run(app, tmp_path) -> None:
    async with durable(app, tmp_path / "p.jsonl"):
        with pytest.raises(JournalBusyError):
            async with durable(app, tmp_path / "p.jsonl"):
                pytest.fail("it began")


async def test_an_agent_is_asked_once_and_remembers(app, tmp_path) -> None:
    config = AgentConfig(name="a", provider="scripted", extra={"script": {"steps": [{"text": "one"}, {"text": "two"}]}})
    asked = []
    app.events.subscribe("llm_call_completed", lambda event: asked.append(event.data["path"]))
    replayed = []
    app.events.subscribe("replayed", lambda event: replayed.append(event.data["path"]))
    async with cut_off(app, tmp_path / "p.jsonl") as program:
        agent = await app.agents.create(program.run, config)
        assert (await agent.execute("hello", ctx=program.at("ask"))).content == "one"
    async with durable(app, tmp_path / "p.jsonl") as program:
        agent = await app.agents.create(program.run, config)
        assert (await agent.execute("hello", ctx=program.at("ask"))).content == "one"
        assert len(replayed) == 1
        await agent.execute("and now", ctx=program.at("ask again"))
        assert [one.text for one in agent.history][:3] == ["hello", "one", "and now"]
    assert len(asked) == 3
