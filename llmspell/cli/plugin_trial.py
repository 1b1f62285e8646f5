"""Load plugins in a process of its own first: one that hangs, or ends its process, must not do so to `doctor`.

The child (`python -P -m llmspell.cli.plugin_trial JSON`) loads them one by one and prints the name of each before it
does, and an empty line at the end: whoever was named last when it falls silent is the one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.cli.opening import read_config, selection
from llmspell.errors import LlmspellError, PluginLoadError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader
from llmspell.runtime.builtins import builtins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.kernel.plugins import PluginReport
    from llmspell.kernel.selection import PluginSelection
    from llmspell.services.config import Config
    from llmspell.spec import Component

PATIENCE = 15.0
"""Seconds that one plugin may take to be loaded, its components included."""


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


def examine(loader: Loader) -> list[Component]:
    """Load every plugin and ask it for everything it provides, so that the reports tell all faults there are."""
    loader.load_all()
    return [component for kind in loader.kinds() for component in loader.collect(kind)]


def trial(args: argparse.Namespace, config: Config, patience: float = PATIENCE) -> Trial:
    """Load every plugin that may be loaded in a child, and go on without those that hang or end it."""
    chosen = selection(args, config)
    reports = Loader(scan(), builtins=builtins(), selection=chosen).reports()
    every = [report.name for report in reports if report.state == "pending" and not report.builtin]
    left = every
    faults: dict[str, PluginLoadError] = {}
    while left:
        name, what = _round({**vars(args), "every": every, "left": left}, patience)
        if name is None:
            break
        remedies = [f"repair or reinstall it, or block it with -p no:{name}"]
        faults[name] = PluginLoadError(f"plugin {name} {what}", suggestions=remedies, context={"plugin": name})
        left = left[left.index(name) + 1 :]
    return Trial(chosen._replace(blocked={**chosen.blocked, **dict.fromkeys(faults, "its trial")}), faults)


def _round(given: Mapping[str, object], patience: float) -> tuple[str | None, str]:
    """Run the child once; gives the plugin at which it stopped and how, or None when it came to its end."""
    command = [sys.executable, "-P", "-m", "llmspell.cli.plugin_trial", json.dumps(given, default=str)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # the child finds what this process does
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child,
    ):
        name, late = _follow(child, patience)
        if name == "":
            return None, ""
        errors.seek(0)
        last = "".join(errors.read().decode(errors="replace").strip().splitlines()[-1:])
    if late:
        return name, f"was not loaded within {patience:g} seconds"
    return name, f"ended the process that loaded it, with status {child.returncode}{last and f': {last}'}"


def _follow(child: subprocess.Popen[str], patience: float) -> tuple[str | None, bool]:
    """Give the last name that a child says, and whether it fell silent; it has ended then."""
    name: str | None = None
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        child.kill()

    timer = Timer(patience, end)
    try:
        timer.start()
        for line in child.stdout or ():
            timer.cancel()
            name = line.rstrip("\n")
            timer = Timer(patience, end)
            timer.start()
        child.wait()
    finally:
        timer.cancel()
        child.kill()
    return name, bool(late)


def main(given: Mapping[str, Any]) -> None:
    """Load the plugins `left` one by one, each without the others: the child."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what plugins print is no name of one
    args = argparse.Namespace(**given)
    chosen, refs = selection(args, read_config(args)[0]), scan()
    for name in args.left:
        told.write(f"{name}\n")
        told.flush()
        others = dict.fromkeys((other for other in args.every if other != name), "another trial")
        alone = chosen._replace(blocked={**chosen.blocked, **others})
        loader = Loader(refs, builtins=builtins(), selection=alone)
        catalog = Catalog(loader)
        for component in examine(loader):
            with suppress(LlmspellError):  # it is told when the plugin is loaded in earnest
                catalog.resolve(component)
    told.write("\n")
    told.flush()
    os._exit(0)  # a thread that a plugin has left must not keep this process


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
