"""Pairs of spells: what the first leaves behind, the second looks for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from tests.security.hostile import LIMITS
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from llmspell.runtime.app import App
    from tests.security.probe import Stage

TIMES = 3
"""How often a pair is run: from the third spell on, a process that had been waiting is taken."""


def load() -> list[Case]:
    """Give every pair."""
    return cases_of("pairs.toml")


async def poison_then_look(case: Case, stage: Stage) -> str | None:
    """Run both spells in one application, again and again."""
    ctx = await stage.once("context", lambda stage: stage.context())
    app: App = ctx.app
    options = SpellOptions(engine=case.data["language"], limits=LIMITS)
    for _ in stage.rounds(TIMES):
        with contextlib.suppress(LlmspellError):  # some die of it, which is the point
            await run_spell(app, source=case.data["poison"], options=options, on_print=_unheard)
        found = await run_spell(app, source=case.data["look"], options=options, on_print=_unheard)
        if found != "held":
            return str(found)
    return None


def _unheard(_line: str) -> None:
    """Let what it prints go."""


AREA = Area(
    "pairs",
    promise="S6",
    title="What a run leaves to the next one",
    how="one spell changes whatever might outlive it, a second one looks for that; three times in one application, so "
    "that the processes that wait for a run take part",
    load=load,
    try_=poison_then_look,
    sample=4,
)
