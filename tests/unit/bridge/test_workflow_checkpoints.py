"""Checkpoints of workflows: a durable run keeps every step, any other says that it keeps none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.bridge.session import SpellSession
from llmspell.runtime.app import App
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.port import NoJournal
from llmspell.runtime.journal.reading import read
from llmspell.services.config import Config

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

Tried = tuple[Any, list[str]]


@pytest.fixture
def tried(tmp_path: Path, guest: Any, guest_error: type[Exception]) -> Callable[..., Awaitable[Tried]]:
    """Run a workflow of three steps with some options; give its output or error, and the steps that were kept."""

    async def run(journal: NoJournal | RunJournal, **options: object) -> Tried:
        async def main(script: Any) -> object:
            said = [script.function(lambda _, word=word: word) for word in ("one", "two", "three")]
            steps = [{"name": f"s{number}", "run": one} for number, one in enumerate(said, 1)]
            try:
                flow = await script.call("Workflow.sequential", {"name": "flow", "steps": steps, **options})
                return (await script.call("workflow.execute", flow))["output"]
            except guest_error as error:
                return error.error  # type: ignore[attr-defined]  # of the guest

        config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
        async with App.open(config=config) as app, app.run("test") as made:
            made.journal = cast("Any", journal)
            if isinstance(journal, RunJournal):
                journal.log = RunLog.create(tmp_path / "run.jsonl", {"k": "run", "id": "r", "seed": ""})
            value = await SpellSession(made, cast("Any", guest(main)), language="lua").drive(name="test.lua")
            await journal.aclose()
        kept = read(tmp_path / "run.jsonl") if isinstance(journal, RunJournal) else ()
        return value, [one["s"] for one in kept if one["k"] == "end" and one["o"] == "workflow_step"]

    return run


ASKED = [
    {"save_checkpoints": True},
    {"checkpoint_interval": 2},
    {"config": {"save_checkpoints": True, "checkpoint_interval": 2}},
]


@pytest.mark.parametrize("options", ASKED)
async def test_a_durable_run_keeps_every_step_whatever_the_interval_says(tried: Any, options: dict[str, Any]) -> None:
    assert await tried(RunJournal(None), **options) == ("three", ["s1", "s2", "s3"])


@pytest.mark.parametrize("options", ASKED)
async def test_a_run_that_is_not_durable_says_how_it_would_be(tried: Any, options: dict[str, Any]) -> None:
    error, _ = await tried(NoJournal(), **options)
    assert error["type"] == "workflow_definition"
    assert "wants a durable run: `llmspell run --durable`, or `durable = true` in llmspell.toml" in error["message"]


async def test_who_asks_for_none_needs_no_journal(tried: Any) -> None:
    assert (await tried(NoJournal(), save_checkpoints=False))[0] == "three"


@pytest.mark.parametrize("journal", [NoJournal, lambda: RunJournal(None)])
@pytest.mark.parametrize("number", [0, -1])
async def test_an_interval_is_a_number_of_steps(tried: Any, journal: Any, number: int) -> None:
    error, _ = await tried(journal(), checkpoint_interval=number)
    assert "checkpoint_interval must be 1 or more" in error["message"]
    assert error["type"] == "workflow_definition"
