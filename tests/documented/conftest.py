"""Run a program in a language, in this process, with a scripted model beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from llmspell.bridge.durable.opening import Durability
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.clock import SystemClock
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from tests.documented.rows import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


class HastyClock(SystemClock):
    """Tell the system's time, but let a second of sleep last a millisecond."""

    async def sleep(self, seconds: float) -> None:
        """Wait a thousandth of the time."""
        await super().sleep(seconds / 1000)


class Ran(NamedTuple):
    """How a program ended: its value or its error, and what it printed."""

    value: Any
    error: LlmspellError | None
    printed: list[str]


@pytest.fixture
def cast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Ran]]:
    """Give a function that runs a program; `facts` are those of a row."""

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMSPELL_DATA_DIR", str(tmp_path / "data"))

    async def run(language: str, source: str, facts: Mapping[str, Any] | None = None) -> Ran:
        given = facts or {}
        path = Path(f"spell{LANGUAGES[language]}")
        path.write_text(source)
        for name, text in given.get("files", {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        if "steps" in given:
            (tmp_path / "spell.model.json").write_text(json.dumps({"steps": given["steps"]}))
        config = Config.load(flags=given.get("config"), environment={}, working=tmp_path, user_folder=tmp_path / "user")
        printed: list[str] = []
        async with App.open(
            config=config, selection=PluginSelection.read(given.get("plugins", ())), clock=HastyClock()
        ) as app:
            grants = Grants.parse(given["grants"], cwd=tmp_path) if "grants" in given else None
            durable = Durability() if given.get("durable") else None
            isolation = "inline" if durable is None else "process"
            options = SpellOptions(isolation=isolation, params={"name": "Ada"}, grants=grants, durable=durable)
            try:
                value = await run_spell(app, path=path, options=options, on_print=printed.append)
            except LlmspellError as error:
                return Ran(None, error, printed)
        return Ran(value, None, printed)

    return run
