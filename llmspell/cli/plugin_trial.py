"""Load plugins in a process of its own first: one that hangs, or ends its process, must not do so to ours.

The child (`plugin_trial_child.py`) loads them one by one and names each before it does. Whoever was named last when it
falls silent, ends or complains is the one; the others are tried in a new child.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from threading import Thread, Timer
from typing import TYPE_CHECKING, NamedTuple

from llmspell.cli.opening import loader, selection, verdicts
from llmspell.errors import PluginLoadError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import IO

    from llmspell.kernel.loader import Loader
    from llmspell.kernel.plugins import PluginReport
    from llmspell.kernel.selection import PluginSelection
    from llmspell.services.config import Config

PATIENCE = 15.0
"""Seconds that one plugin may take to be loaded, its components included."""

BRIEF = 3.0
"""Seconds that loading one plugin alone may take before a command goes on without it."""

ENDING = 0.5
"""The share of it that the end of a process may take, when everything is loaded."""

_TAIL = 4096


class Trial(NamedTuple):
    """What came of it: `selection` leaves out the plugins that have `faults`, by name."""

    selection: PluginSelection
    faults: Mapping[str, PluginLoadError]

    def reports(self, loader: Loader) -> list[PluginReport]:
        """Give the reports of a loader with this selection, and those of plugins that it leaves out as failed."""
        return [
            one._replace(state="failed", error=self.faults[one.name]) if one.name in self.faults else one
            for one in loader.reports()
        ]


def trial(args: argparse.Namespace, config: Config, patience: float = PATIENCE) -> Trial:
    """Load every plugin that may be loaded in a child, and go on without those that it had trouble with.

    What was remembered of earlier trials is forgotten.
    """
    chosen = selection(args, config)
    reports = loader(args, config, tried=True).reports()
    found = faults([one for one in reports if one.state == "pending" and not one.builtin], patience, deep=True)
    verdicts().forget()
    return Trial(chosen.without(found, "its trial"), found)


class _Ended(NamedTuple):
    """How a child ended: whose turn it was last, what was wrong, and whether it had tried all."""

    name: str
    fault: str
    done: bool


def faults(plugins: Sequence[PluginReport], patience: float, *, deep: bool) -> dict[str, PluginLoadError]:
    """Try plugins in children and give what is wrong with those that a process cannot load and go on, by name.

    With `deep` their components are imported, too. A plugin that merely raises is none of them: who loads it is told.
    """
    found: dict[str, str] = {}
    left = list(plugins)
    while left:
        ended = _round(left, patience, deep=deep)
        if ended.done and ended.fault and len(left) > 1:  # it would not end, and any of them may be the cause
            for one in left:
                alone = _round([one], patience, deep=deep)
                found |= {one.name: alone.fault} if alone.fault else {}
        elif ended.fault:
            found[ended.name] = ended.fault
        place = next((index for index, one in enumerate(left) if one.name == ended.name), len(left))
        left = [] if ended.done else left[place + 1 :]
    return {name: _error(name, fault) for name, fault in found.items()}


def _error(name: str, fault: str) -> PluginLoadError:
    remedies = [f"repair or reinstall it, or block it with -p no:{name}"]
    return PluginLoadError(f"plugin {name} {fault}", suggestions=remedies, context={"plugin": name})


def as_data(one: PluginReport) -> dict[str, object]:
    """Say what the child needs to load a plugin alone."""
    file = one.source.endswith(".py") or os.sep in one.source
    kinds = list(one.kinds or ())
    return {
        "name": one.name,
        "module": one.source,
        "file": file,
        "dist": one.dist,
        "version": one.version,
        "kinds": kinds,
    }


def _round(plugins: Sequence[PluginReport], patience: float, *, deep: bool) -> _Ended:
    """Run the child once."""
    given = json.dumps({"plugins": [as_data(one) for one in plugins], "deep": deep})
    command = [sys.executable, "-P", "-m", "llmspell.cli.plugin_trial_child"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # the child finds what this process does
    with subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        _give(child, given.encode())
        tail = _Tail(child.stderr)
        name, fault, late, done = _follow(child, patience)
        last = tail.line()
    if fault or (done and not late and child.returncode == 0):
        return _Ended(name, fault, done)
    if late:
        what = "does not let its process end" if done else "was not loaded"
        return _Ended(name, f"{what} within {patience * (ENDING if done else 1):g} seconds", done)
    how = f"with status {child.returncode}{last and f': {last}'}"
    what = "makes the process that loaded it end" if done else "ended the process that loaded it,"
    return _Ended(name, f"{what} {how}", done)


def _give(child: subprocess.Popen[bytes], data: bytes) -> None:
    if child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(data)


class _Tail:
    """Read all that a child says on its standard error, and keep the end of it."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._kept = b""
        self._thread = Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[bytes] | None) -> None:
        while stream is not None and (data := os.read(stream.fileno(), 1 << 16)):
            self._kept = (self._kept + data)[-_TAIL:]

    def line(self) -> str:
        """Give the last line, when the child has ended; what it has left running may hold the stream open."""
        self._thread.join(1.0)
        return "".join(self._kept.decode(errors="replace").strip().splitlines()[-1:])


def _follow(child: subprocess.Popen[bytes], patience: float) -> tuple[str, str, bool, bool]:
    """Give the last name that a child says, its complaint, whether it fell silent, and whether it came to its end.

    It has ended then.
    """
    name, fault, done = "", "", False
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        child.kill()

    timer = Timer(patience, end)
    try:
        timer.start()
        for line in child.stdout or ():
            timer.cancel()
            said: Mapping[str, object] = json.loads(line)
            name, fault = str(said.get("turn", name)), str(said.get("fault", ""))
            done = done or "done" in said
            timer = Timer(patience * ENDING if done else patience, end)
            timer.start()
            if done or fault:
                break
        child.wait()
    finally:
        timer.cancel()
        child.kill()
    return name, fault, bool(late), done
