"""`llmspell test spell`: files of tests in the spell's language, each in a run of its own, several side by side."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from llmspell.bridge.api.testing import Testing
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.bridge.suite_report import outcome_lines, summary_line
from llmspell.bridge.suites import Outcome, Plan, summary
from llmspell.cli import logs
from llmspell.cli.opening import open_app
from llmspell.cli.testing_files import find_files
from llmspell.cli.values import pairs
from llmspell.errors import ExitCode, LlmspellError, ScriptRuntimeError, UsageError
from llmspell.model.units import parse_duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from llmspell.bridge.session import SpellSession
    from llmspell.cli.console import Console
    from llmspell.runtime.app import App

WHOLE = "(the file itself)"
"""Name of the outcome of a file that failed outside of its tests."""
MAX_OUTPUT = 20
"""Printed lines that are shown of a test that failed."""


class FileReport(NamedTuple):
    """What came of one file. `printed` has, for tests that failed, what was printed meanwhile."""

    path: Path
    outcomes: list[Outcome]
    output: list[str]
    printed: dict[str, list[str]]
    seconds: float

    def counts(self) -> dict[str, int]:
        """Count the outcomes by status."""
        return summary(self.outcomes)

    @property
    def failed(self) -> bool:
        """Tell whether anything speaks against the file."""
        return any(one.failed for one in self.outcomes)

    def table(self) -> dict[str, object]:
        """Write it as `--json` does."""
        tests = [one.table() for one in self.outcomes]
        return {
            "path": str(self.path),
            "duration": round(self.seconds, 6),
            **self.counts(),
            "tests": tests,
            "output": self.output,
        }


def spells(args: argparse.Namespace, console: Console) -> int:
    """Run the files and report; 0 when all passed, 1 when anything failed."""
    if args.jobs is not None and args.jobs < 1:
        message = f"--jobs takes a number from 1 up, not {args.jobs}"
        raise UsageError(message)
    began = monotonic()
    reports = asyncio.run(_tested(args, console))
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    if not outcomes:
        message = f"no test has {args.pattern!r} in its name"
        raise UsageError(message, suggestions=["run without -k to see the names"])
    counts = summary(outcomes)
    if args.junit:
        from llmspell.cli.testing_junit import write_junit  # noqa: PLC0415 - XML costs 10 ms

        write_junit(Path(args.junit), reports, console.redact)
    if console.as_json:
        console.data({"files": [one.table() for one in reports], "summary": counts})
    else:
        files = f"{len(reports)} file{'s' if len(reports) > 1 else ''}"
        console.print(f"{summary_line(counts)} in {files}, {monotonic() - began:.1f} s")
    return ExitCode.SPELL if any(one.failed for one in outcomes) else ExitCode.OK


async def _tested(args: argparse.Namespace, console: Console) -> list[FileReport]:
    async with open_app(args, console) as app:
        logs.start(app, console)
        engines = app.catalog.list("engine")
        files = find_files(args.paths, (str(end) for one in engines for end in one.extra.get("extensions", ())))  # type: ignore[attr-defined]  # a tuple of texts
        gate = asyncio.Semaphore(args.jobs or os.cpu_count() or 1)
        progress = _Progress(console, len(files))

        async def one(path: Path) -> FileReport:
            async with gate:
                return await _test_file(app, args, path, progress)

        tasks = [asyncio.create_task(one(path)) for path in files]
        reports: list[FileReport] = []
        try:
            for task in tasks:
                reports.append(await task)
                if not console.as_json:
                    _tell(reports[-1], console)
                if args.fail_fast and reports[-1].failed:
                    break
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            console.hush()
        return reports


async def _test_file(app: App, args: argparse.Namespace, path: Path, progress: _Progress) -> FileReport:
    began = monotonic()
    progress.show(str(path))
    heard = _Heard(args, path, progress)
    options = SpellOptions(
        isolation=args.isolation,
        seconds=None if args.timeout is None else parse_duration(args.timeout),
        params=pairs(args.param or (), what="parameter"),
        beside=(Path.cwd(),),  # files of tests mostly lie in a folder of their own
        prepare=heard.prepare,
    )
    try:
        await run_spell(app, path=path, options=options, on_print=heard.output.append)
        heard.check_any()
    except LlmspellError as error:  # a limit ends the file in the midst of a test
        heard.ended(Outcome(heard.running, "error", monotonic() - began, error))
    progress.done()
    return FileReport(path, heard.outcomes, heard.output, heard.printed, monotonic() - began)


class _Heard:
    """What is known of one file while it runs."""

    def __init__(self, args: argparse.Namespace, path: Path, progress: _Progress) -> None:
        self.output: list[str] = []
        self.outcomes: list[Outcome] = []
        self.printed: dict[str, list[str]] = {}
        self.running = WHOLE
        self._args = args
        self._path = path
        self._progress = progress
        self._mark = 0
        self._testing: Testing | None = None

    def prepare(self, session: SpellSession) -> None:
        """Say what is wanted of a session before its script begins."""
        self._testing = session.namespace(Testing)
        self._testing.plan = Plan(
            pattern=self._args.pattern, fail_fast=self._args.fail_fast, started=self.started, heard=self.ended
        )

    def started(self, name: str) -> None:
        """Take note of a test that begins."""
        self._mark, self.running = len(self.output), name
        self._progress.show(f"{self._path}: {name}")

    def ended(self, outcome: Outcome) -> None:
        """Take note of how one ended."""
        self.running = WHOLE
        self.outcomes.append(outcome)
        if outcome.failed:
            self.printed[outcome.name] = self.output[self._mark :]

    def check_any(self) -> None:
        """Raise when the file defines no test: it must not look like one that passed."""
        if self._testing is None or not any(True for _ in self._testing.root.walk()):
            raise ScriptRuntimeError(
                "the file defines no test",
                where=str(self._path),
                suggestions=[
                    "define tests with Testing.test(name, function)",
                    f"run it with `llmspell run {self._path}`",
                ],
            )


def _tell(report: FileReport, console: Console) -> None:
    shown = [one for one in report.outcomes if one.failed or not console.quiet]
    if shown:
        console.print(str(report.path))
    for outcome in shown:
        for line in outcome_lines(outcome, _source_line):
            console.print(f"  {line}")
        lines = report.printed.get(outcome.name, [])
        for line in lines[-MAX_OUTPUT:]:
            console.print(f"      | {line}")


def _source_line(where: str) -> str | None:
    """Give the line of a file that `file:line` or `file:line: in name` means, None when there is no such line."""
    name, _, rest = where.partition(":")
    number = rest.partition(":")[0]
    if not number.isdigit():
        return None
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None  # a module's name begins at the spell's folder, which need not be ours
    return lines[int(number) - 1].strip() if 0 < int(number) <= len(lines) else None


class _Progress:
    """Say on a terminal how far the files are."""

    def __init__(self, console: Console, total: int) -> None:
        self._line = console.line
        self._redact: Callable[[str], str] = console.redact
        self._total = total
        self._done = 0

    def show(self, text: str) -> None:
        """Name what runs."""
        if self._line is not None:
            self._line.show(self._redact(f"{self._done} of {self._total} files, {text}"))

    def done(self) -> None:
        """Count a file."""
        self._done += 1
