"""The plugin as others see it: its contract, its page, what it costs who does not use it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from llmspell.testing import PluginContract
from llmspell_memory.plugin import FUNCTIONS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PROBE = """
import asyncio, sys
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.testing import open_context
async def main():
    async with open_context() as ctx:
        await run_spell(ctx.app, source=sys.argv[1], options=SpellOptions(engine="lua", isolation="inline"))
        print(*(name for name in ("numpy", "usearch", "llmspell_memory.module") if name in sys.modules))
asyncio.run(main())
"""


class TestPlugin(PluginContract):
    plugin = "llmspell_memory.plugin"


def test_the_page_lists_all_functions() -> None:
    listed = re.findall(r"^\| `Memory\.(\w+)\(.*?`(?:, also `(\w+)`)?", README, re.MULTILINE)
    assert {name for both in listed for name in both if name} == set(FUNCTIONS)


def imported(source: str) -> list[str]:
    pytest.importorskip("llmspell_engine_lua", reason="a spell is run: needs llmspell-engine-lua")
    done = subprocess.run([sys.executable, "-c", PROBE, source], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def test_who_does_not_call_it_pays_for_names_alone() -> None:
    assert imported("return Memory ~= nil") == []


def test_a_small_memory_needs_no_usearch() -> None:
    assert imported('Memory.add("a", { model = "words/words-8" })') == ["numpy", "llmspell_memory.module"]
