"""Run benches, each in a process of its own so that none warms up another: `python -m tests.bench.runner MODULE FILE`.

A bench is a module with `async def measure(peers) -> dict[str, Samples]`, the contests of its budgets by name.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.contestants import ROOT, Peers

if TYPE_CHECKING:
    from tests.bench.samples import Samples

BENCHES = "tests.bench.benches"


class Measured(NamedTuple):
    """What one bench found: its contests, and the versions of those who took part."""

    contests: dict[str, Samples]
    versions: dict[str, str]


def apart(module: str) -> Measured | None:
    """Run a bench in a process of its own; None when it failed, which it has said on standard error."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", __spec__.name, module, str(result)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return None
        return Measured(**json.loads(result.read_text(encoding="utf-8")))


def here(module: str, result: Path) -> None:
    """Run a bench in this process and leave what it measured in a file."""
    bench = import_module(module)
    with Peers() as peers:
        contests: dict[str, Samples] = asyncio.run(bench.measure(peers))
        found = Measured(contests, peers.versions)
    result.write_text(json.dumps(found._asdict()), encoding="utf-8")


if __name__ == "__main__":
    here(sys.argv[1], Path(sys.argv[2]))
