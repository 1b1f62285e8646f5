"""Peers: frameworks with our purpose, each in an environment of its own below the folder named by BENCH_VENVS.

A peer is a module of `tests.bench.peers` run by its environment's interpreter. It stays alive and takes a turn when it
is told to, so its rounds are interleaved with ours. An environment that is not there leaves its column empty.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from tests.bench.samples import Turn

ROOT = Path(__file__).parents[2]
PEERS = {
    "agno": ("agno", "agno"),
    "pydantic-ai": ("pydantic-ai", "pydantic_ai"),
    "langgraph": ("langgraph", "langgraph"),
    "langgraph nodes": ("langgraph", "langgraph_nodes"),
    "SqliteSaver": ("langgraph", "langgraph_kept"),
    "DBOS": ("dbos", "dbos"),
    "openai-agents": ("openai-agents", "openai_agents"),
    "raw aiohttp": ("base", "aiohttp"),
    "pyee": ("base", "pyee"),
    "aiosqlite": ("base", "aiosqlite"),
}
"""Name of the contestant -> its environment and its module."""

SILENT = {
    "AGNO_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "OPENAI_API_KEY": "sk-bench",
    "OTEL_SDK_DISABLED": "true",
}
"""Nothing under measurement may report elsewhere."""


def folder() -> Path | None:
    """Give the folder of environments, if one is named."""
    named = os.environ.get("BENCH_VENVS")
    return Path(named) if named else None


def program(venv: str, name: str) -> Path | None:
    """Find a program of an environment."""
    root = folder()
    path = root / venv / "bin" / name if root else None
    return path if path and path.exists() else None


class Peer:
    """One process of one peer: takes turns on demand."""

    def __init__(self, python: Path, module: str, arguments: Iterable[str]) -> None:
        self._command = [str(python), "-m", f"tests.bench.peers.{module}", *arguments]
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={**os.environ, **SILENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions: dict[str, str] = dict(self._read())

    def take(self, measure: str) -> float:
        """Let it take one turn; raises `RuntimeError` when it failed, which is on stderr."""
        if self._process.stdin is None:
            raise RuntimeError("the peer has no pipe")
        self._process.stdin.write(f"{measure}\n")
        self._process.stdin.flush()
        return float(self._read())

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            message = f"{' '.join(self._command)} ended with status {self._process.wait()}"
            raise RuntimeError(message)
        return json.loads(line)


class Peers:
    """Start peers when they are first asked for and end them together."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._running: dict[tuple[str, ...], Peer] = {}
        self.versions: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def turns(self, measure: str, names: Iterable[str], *arguments: str) -> dict[str, Turn]:
        """Give the turns of those who are here; they are started with `arguments`."""
        return {name: self._turn(name, measure, arguments) for name in names if program(PEERS[name][0], "python")}

    def _turn(self, name: str, measure: str, arguments: tuple[str, ...]) -> Turn:
        async def turn() -> float:
            return self._started(name, arguments).take(measure)

        return turn

    def fresh(self, measure: str, names: Iterable[str], *arguments: str) -> dict[str, Turn]:
        """Give turns that start a process each, for what a process can only tell once: how much it grew."""
        return {name: self._once(name, measure, arguments) for name in names if program(PEERS[name][0], "python")}

    def _once(self, name: str, measure: str, arguments: tuple[str, ...]) -> Turn:
        venv, module = PEERS[name]

        async def turn() -> float:
            return once(program(venv, "python"), module, measure, arguments)

        return turn

    def _started(self, name: str, arguments: tuple[str, ...]) -> Peer:
        peer = self._running.get((name, *arguments))
        if peer is None:
            venv, module = PEERS[name]
            python = program(venv, "python")
            if python is None:
                message = f"the environment {venv} went away"
                raise RuntimeError(message)
            peer = self._running[name, *arguments] = Peer(python, module, arguments)
            self._stack.callback(peer.close)
            self.versions |= peer.versions
        return peer


def once(python: Path | None, module: str, measure: str, arguments: Iterable[str]) -> float:
    """Start a contestant, let it take one turn, end it; without `python` it is one of our own environment."""
    peer = Peer(python or Path(sys.executable), module, arguments)
    try:
        return peer.take(measure)
    finally:
        peer.close()
