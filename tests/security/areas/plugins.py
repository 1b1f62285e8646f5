"""Distributions that are broken or mean no good: the command line starts, and nothing built in is replaced."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

from tests.security.probe import Area, cases_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.security.probe import Case, Stage

GOOD = """from llmspell.spec import hookimpl, tool
@hookimpl
def llmspell_tools(): return [tool("good_tool", __name__ + ":work", "Work.", category="test")]
def work() -> int: return 1
"""
SPELLS = {
    "all.lua": 'return Agent.new({ model = "test/test", tools = { "agent_finder", "good_tool" } }):chat("x")',
    "one.lua": "return Agent ~= nil and 42",
    "store.lua": 'Storage.set("a", 42) return Storage.get("a")',
}
LIST = ("tools", "list", "--json")
PATIENCE = 40.0
MANY = 30_000


def install(site: Path, name: str, data: Mapping[str, Any]) -> None:
    """Write a distribution as an installer would."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entry = info / "entry_points.txt"
    special = {"zero": "/dev/zero", "loop": str(entry)}.get(data.get("special", ""))
    if special:
        entry.symlink_to(special)
    elif data.get("special") == "fifo":
        os.mkfifo(entry)
    elif data.get("special") == "folder":
        entry.mkdir()
    else:
        entry.write_bytes(_entries(name, data))
    (site / f"{name}_plugin.py").write_text(data["plugin"])
    for path, text in data.get("files", {}).items():
        file = site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _entries(name: str, data: Mapping[str, Any]) -> bytes:
    if "bytes" in data:
        return bytes.fromhex(str(data["bytes"]))
    kinds = data.get("kinds", "tools").split()
    lines = "".join(f"{kind}.{name} = {name}_plugin\n" for kind in kinds)
    many = "".join(data["repeat"].format(number=number) for number in range(MANY)) if "repeat" in data else ""
    return (str(data.get("entry", f"[llmspell.v1]\n{lines}")) + many).encode()


async def start(case: Case, stage: Stage) -> str | None:
    """Run a command beside a hostile distribution and a good one, twice: when it is new, and when it is known."""
    folder = stage.fresh()
    install(folder / "site", "hostile", case.data)
    install(folder / "site", "good", {"plugin": GOOD})
    for name, text in SPELLS.items():
        (folder / name).write_text(text)
    if "config" in case.data:
        (folder / "llmspell.toml").write_text(case.data["config"])
    words = case.data.get("words", LIST)
    for _ in range(2):
        begun = monotonic()
        status, out, err = await _run(folder, words)
        stage.worst("seconds until a command has ended", monotonic() - begun)
        fault = _fault(status, out, err, case.data)
        if fault:
            return fault
    version = await _run(folder, ["--version"])
    return None if version[0] == 0 and not version[2] else f"--version said {version[2]!r}"


def _fault(status: int, out: str, err: str, data: Mapping[str, Any]) -> str | None:
    if status != 0:
        return f"status {status}: {err[-300:]}"
    said = data.get("says", "")
    if said and said not in err:
        return f"the warning does not say {said!r}: {err[-300:]!r}"
    if "Traceback" in err:
        return f"a traceback: {err[-300:]}"
    return _missing(out, data) if data.get("words", LIST) == LIST else None


def _missing(out: str, data: Mapping[str, Any]) -> str | None:
    """Look for the built-in tool, the good one, and none of a plugin that is left out."""
    tools = {one["name"]: one["plugin"] for one in json.loads(out)}
    if tools.get("agent_finder") != "builtin" or tools.get("good_tool") != "good":
        return f"tools are missing: {tools}"
    return "its tools are there" if "says" in data and "hostile" in tools.values() else None


async def _run(folder: Path, words: Sequence[str]) -> tuple[int, str, str]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "PYTHONPATH": str(folder / "site"),
        "LLMSPELL_CACHE_DIR": str(folder / "cache"),
        "LLMSPELL_DATA_DIR": str(folder / "data"),
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "llmspell", *words, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(child.communicate(), PATIENCE)
    except TimeoutError:
        child.kill()
        await child.wait()
        return -1, "", f"it did not end within {PATIENCE:g} s"
    return child.returncode or 0, out.decode(), err.decode(errors="replace")


def needs() -> str | None:
    """Ask for POSIX: forks, signals, pipes in folders."""
    return None if os.name == "posix" else "the cases fork and send signals"


AREA = Area(
    "plugins",
    promise="P1",
    title="Distributions with broken or hostile plugins",
    how="each is written to a folder of the path, with a good one beside it; a command runs twice, then `--version`; "
    "it must end well, warn, list the built-in and the good tool, and none of a plugin that was left out",
    load=lambda: cases_of("plugins.toml"),
    try_=start,
    needs=needs,
    sample=4,
)
