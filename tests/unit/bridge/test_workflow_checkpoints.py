"""Checkpoints of workflows: a durable run keeps every step, any other says that it keeps none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.bridge.session import SpellSession
from llmspell.runtime.app import App
from llmspell.runtime.journal.port import NoJournal
from llmspell.services.config import Config
from llmspell.testing.journal import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

Tried = tuple[Any, list[str]]


@pytest.fixture
def tried(tmp_path: Path, guest: Any, guest_error: type[Exception]) -> Callable[..., Awaitable[Tried]]:
    """Run a workflow of three steps with some options; give its output or error, and the steps that were kept."""

    async def run(journal: NoJournal, **options: object) -> Tried:
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
            made.journal = journal
            value = await SpellSession(made, cast("Any", guest(main)), language="lua").drive(name="test.lua")
        kept = [] if not isinstance(journal, MemoryJournal) else list(journal.results)
        return value, [path.rpartition("/")[2] for path in kept]

    return run


ASKED = [
    {"save_checkpoints": True},
    {"checkpoint_interval": 2},
    {"config": {"save_checkpoints": True, "checkpoint_interval": 2}},
]


@pytest.mark.parametrize("options", ASKED)
async def test_a_durable_run_keeps_every_step_whatever_the_interval_says(tried: Any, options: dict[str, Any]) -> None:
    output, kept = await tried(MemoryJournal(), **options)
    assert output == "three"
    assert [step for step in kept if step in ("s1", "s2", "s3")] == ["s1", "s2", "s3"]


@pytest.mark.parametrize("options", ASKED)
async def test_a_run_that_is_not_durable_says_how_it_would_be(tried: Any, options: dict[str, Any]) -> None:
    error, _ = await tried(NoJournal(), **options)
    assert error["type"] == "workflow_definition"
    assert "wants a durable run: `llmspell run --durable`, or `durable = true` in llmspell.toml" in error["message"]


async def test_who_asks_for_none_needs_no_journal(tried: Any) -> None:
    assert (await tried(NoJournal(), save_checkpoints=False))[0] == "three"


@pytest.mark.parametrize("journal", [NoJournal, MemoryJournal])
@pytest.mark.parametrize("number", [0, -1])
async def test_an_interval_is_a_number_of_steps(tried: Any, journal: Any, number: int) -> None:
    error, _ = await tried(journal(), checkpoint_interval=number)
    assert "checkpoint_interval must be 1 or more" in error["message"]
    assert error["type"] == "workflow_definition"
