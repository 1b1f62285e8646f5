"""`llmspell doctor`: what is here, what is configured, what is missing, which walls stand."""

from __future__ import annotations

import shutil
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from llmspell.cli import doctor_installed, doctor_machine, doctor_rights
from llmspell.cli.console import BOLD, RED, YELLOW
from llmspell.cli.doctor_installed import BROKEN, NOTE, Finding
from llmspell.cli.opening import read_config
from llmspell.cli.plugin_trial import trial
from llmspell.errors import ExitCode, LlmspellError
from llmspell.runtime.app import App

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from llmspell.cli.console import Console
    from llmspell.cli.plugin_trial import Trial
    from llmspell.services.config import Config
    from llmspell.services.config_sources import Faults

STYLES = {BROKEN: RED, NOTE: YELLOW}
NARROWEST = 40


def run(args: argparse.Namespace, console: Console) -> int:
    """Examine this installation; the exit status is 5 when something is broken."""
    config, faults = read_config(args)
    tried = trial(args, config)
    app = _open(tried, config)
    config.fill(app.services.secrets)
    console.redact = app.services.secrets.redact
    findings = list(_findings(app, config, faults, tried, console))
    broken = any(one.state == BROKEN for one in findings)
    if console.as_json:
        console.data({"healthy": not broken, "findings": [one._asdict() for one in findings]})
    else:
        _print(findings, console)
    return ExitCode.MISSING if broken else ExitCode.OK


def _open(tried: Trial, config: Config) -> App:
    """Make an application to look at, where it must be without the sections of the configuration that are wrong."""
    try:
        app = App.open(config=config, selection=tried.selection)
    except LlmspellError:  # it is among the faults of the configuration, which are told
        app = App.open(config=config.sound(), selection=tried.selection)
    app.loader.insist = False  # a plugin that was named and is broken is what this verb is there to tell
    return app


def _findings(app: App, config: Config, faults: Faults, tried: Trial, console: Console) -> Iterator[Finding]:
    yield from doctor_installed.versions(app)
    yield from doctor_installed.configuration(app, config, faults)
    yield from doctor_installed.plugins(app, tried)
    yield from doctor_installed.components(app)
    yield from doctor_installed.models(app)
    yield from doctor_installed.optional()
    yield from doctor_rights.programs(app, config)
    yield from doctor_rights.keys(app)
    yield from doctor_machine.walls()
    yield from doctor_machine.places(app)
    yield from doctor_machine.terminal(console)


def _print(findings: Sequence[Finding], console: Console) -> None:
    """Say in a sentence how it stands, then the problems, then everything by group."""
    broken = [one for one in findings if one.state == BROKEN]
    notes = sum(one.state == NOTE for one in findings)
    count = "no problem" if not broken else f"{len(broken)} problem{'s' * (len(broken) > 1)}"
    console.print(console.strong(f"{count}, {notes} notes", RED if broken else BOLD))
    _rows(broken, console)
    for group, members in groupby(findings, key=lambda one: one.group):
        console.print()
        console.print(console.strong(group, BOLD))
        _rows(list(members), console)


def _rows(findings: Iterable[Finding], console: Console) -> None:
    room = max(shutil.get_terminal_size().columns, NARROWEST) if console.out.isatty() else None
    rows = list(findings)
    width = min(max((len(one.what) for one in rows), default=0), 24)
    for one in rows:
        head = f"  {one.state.ljust(len(BROKEN))}  {one.what.ljust(width)}  "
        text = f"{one.about} -> {one.remedy}" if one.remedy else one.about
        lines = [f"{head}{text}"]
        if room is not None:
            lines = textwrap.wrap(text, room, initial_indent=head, subsequent_indent=" " * min(len(head), room // 2))
        style = STYLES.get(one.state)
        first = lines[0].replace(one.state, console.strong(one.state, style), 1) if style else lines[0]
        for line in [first, *lines[1:]]:
            console.print(line)
