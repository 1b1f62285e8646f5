"""What a user waits for before anything happens: CPU of whole commands."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.budget import OURS, PYTHON
from tests.bench.contestants import program
from tests.bench.processes import command_turn
from tests.bench.samples import contest, derived

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

LLMSPELL = str(Path(sys.executable).with_name("llmspell"))
"""The installed script, as a user runs it."""

BARE_RUN = "import asyncio, lupa.lua54; asyncio.run(asyncio.sleep(0)); lupa.lua54.LuaRuntime().execute('return 1 + 1')"
BARE_CHILD = "import sys; sys.path[:] = sys.argv[1:]; import lupa.lua54; lupa.lua54.LuaRuntime().eval('1 + 1')"


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Run all commands in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spell = folder / "one.lua"
        spell.write_text("return 1 + 1\n", encoding="utf-8")
        bare = [sys.executable, "-I", "-S", "-c", BARE_CHILD, *filter(None, sys.path)]
        commands = {
            PYTHON: [sys.executable, "-c", "pass"],
            "version": [LLMSPELL, "--version"],
            "help": [LLMSPELL, "--help"],
            "inline": [LLMSPELL, "run", str(spell), "--isolation", "inline"],
            "child": [LLMSPELL, "run", str(spell), "--isolation", "process"],
            "bare run": [sys.executable, "-c", BARE_RUN],
            "bare child": bare,
        }
        if llm := program("llm", "llm"):
            commands |= {"llm version": [str(llm), "--version"], "llm help": [str(llm), "--help"]}
        taken = await contest({name: command_turn(words, cwd=folder) for name, words in commands.items()})
    floor = {PYTHON: taken[PYTHON]}
    peers = {name: {"llm": taken[f"llm {name}"]} if llm else {} for name in ("version", "help")}
    return {
        "--version": {OURS: taken["version"], **floor, **peers["version"]},
        "--help": {OURS: taken["help"], **floor, **peers["help"]},
        "one-line Lua spell, inline": {OURS: taken["inline"], **floor, "import asyncio, lupa": taken["bare run"]},
        "one-line Lua spell in a child, above inline": {
            OURS: derived(taken, lambda of: of["child"] - of["inline"]),
            "python -I -S, import lupa": taken["bare child"],
        },
    }
