"""What installed plugins cost those who do not use them: the same commands with and without 100 more distributions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.benches.cold_start import LLMSPELL
from tests.bench.budget import OURS
from tests.bench.processes import command_turn, run_once
from tests.bench.samples import contest

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

COUNT = 100
KINDS = ("tools", "providers", "agent_templates", "commands")
PLUGIN = """from __future__ import annotations

from llmspell.spec import hookimpl, tool


@hookimpl
def llmspell_tools():
    return [tool("dummy_{number}", "dummy_{number}.work:Work", "Do nothing.", category="dummy")]
"""


def install(folder: Path, count: int = COUNT) -> None:
    """Write distributions as an installer would: metadata and a package each; every fourth has tools."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        info = folder / f"dummy_{number}-1.0.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.1\nName: dummy-{number}\nVersion: 1.0\n"
        (info / "METADATA").write_text(head, encoding="utf-8")
        entry = f"[llmspell.v1]\n{kind}.dummy_{number} = dummy_{number}.plugin\n"
        (info / "entry_points.txt").write_text(entry, encoding="utf-8")
        package = folder / f"dummy_{number}"
        package.mkdir()
        (package / "__init__.py").write_text("", encoding="utf-8")
        (package / "plugin.py").write_text(PLUGIN.format(number=number), encoding="utf-8")


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Run each command with an empty folder on the path and with a full one."""
    with tempfile.TemporaryDirectory() as name:
        working, empty, full = (Path(name) / part for part in ("working", "empty", "full"))
        for folder in (working, empty, full):
            folder.mkdir()
        install(full)
        spell = working / "one.lua"
        spell.write_text("return 1 + 1\n", encoding="utf-8")
        commands = {
            "a run with 100 plugins it does not use": ["run", str(spell)],
            "--help with 100 plugins": ["--help"],
            "tools list with 100 plugins": ["tools", "list"],
        }
        check = [LLMSPELL, "plugins", "info", "dummy_0"]
        run_once(check, cwd=working, environment={"PYTHONPATH": str(full)})  # they are really there
        turns = {
            (what, who): command_turn([LLMSPELL, *words], cwd=working, environment={"PYTHONPATH": str(folder)})
            for what, words in commands.items()
            for who, folder in (("without", empty), (OURS, full))
        }
        taken = await contest({f"{what}/{who}": turn for (what, who), turn in turns.items()})
    return {what: {who: taken[f"{what}/{who}"] for who in (OURS, "without")} for what in commands}
