"""Find the runs that the command line is asked about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.bridge.durable.opening import FOLDER
from llmspell.cli.opening import open_app
from llmspell.errors import RunNotFoundError, UsageError
from llmspell.runtime.journal.folder import ENDING, RunFolder
from llmspell.runtime.journal.opening import is_locked, open_to_read
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.trace import Trace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App

SHORT = 13
"""Characters of an id that are shown at least: of ids made here these are its millisecond."""


def run_folder(app: App) -> Path:
    """Give the user's folder of runs."""
    return app.services.paths.data / FOLDER


def folder(args: argparse.Namespace, console: Console) -> RunFolder:
    """Give the user's runs; from now on the console masks the secrets that are known."""
    return RunFolder(run_folder(open_app(args, console)))


def word_for(log: Path, header: Mapping[str, Any]) -> str:
    """Give the word by which other verbs find a run: its id, or its log where that lies elsewhere."""
    known = log.parent.name == FOLDER and log.stem == header["id"]
    return str(header["id"]) if known else str(log.resolve())


def one_log(args: argparse.Namespace, console: Console) -> Path:
    """Give the log of the run that the command names: by id, the beginning of one, name, or the file of the log."""
    runs, wanted = folder(args, console), str(args.run)
    if wanted.endswith(ENDING) or os.sep in wanted:
        return Path(wanted)
    try:
        return runs.find(wanted).path
    except RunNotFoundError:
        if Path(wanted).is_file():  # `run --record FILE` writes where it is told
            return Path(wanted)
        raise


def traced(path: Path, console: Console) -> Trace:
    """Read what a run did."""
    with open_to_read(path) as file:
        running = is_locked(file)
    return Trace(read(path), console.redact, running=running)


def shorts(ids: Iterable[str]) -> dict[str, str]:
    """Give the beginnings of ids that tell these apart."""
    known = sorted(ids)
    short: dict[str, str] = {}
    for before, one, after in zip(["", *known], known, [*known[1:], ""], strict=False):
        shared = max(_shared(before, one), _shared(one, after))
        short[one] = one[: max(SHORT, shared + 1)]
    return short


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def counted(number: int | None, flag: str) -> int | None:
    """Check a number that counts from 1; raises `UsageError`."""
    if number is not None and number < 1:
        raise UsageError(f"{flag} {number}: it counts from 1 on", suggestions=[f"write {flag} 10"])
    return number
