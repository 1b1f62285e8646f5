"""`llmspell runs resume`: go on with a run that was cut off."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.bridge.resume import resume_run
from llmspell.bridge.spell import SpellOptions
from llmspell.cli.durable import ALL, flags_of, given
from llmspell.cli.run import carry_out
from llmspell.cli.runs_found import one_log, traced
from llmspell.cli.runs_paused import decided, paused, user
from llmspell.errors import RunPausedError, UsageError
from llmspell.model.units import parse_duration
from llmspell.runtime.journal.trace import uncertain
from llmspell.runtime.journal.waits import waiting_calls

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App
    from llmspell.runtime.journal.trace import Trace

ASSUMED = ("done", "not-done")


def resume(args: argparse.Namespace, console: Console) -> int:
    """Go on with the run; its prints go to standard output, its result only with `--json`."""
    log = one_log(args, console)
    trace = traced(log, console)
    assume = _assumptions(args.assume or (), trace)
    _require_rights(args, trace.header)
    decisions = decided(args, waiting_calls(trace.waits.open()))
    options = SpellOptions(seconds=None if args.timeout is None else parse_duration(args.timeout))
    do = partial(carry_out, args, console, str(trace.header["name"]))

    def go_on(app: App, on_print: Callable[[str], object]) -> Awaitable[object]:
        return resume_run(
            app, log, assume=assume, decisions=decisions, by=user(), force=args.force, on_print=on_print,
            options=options,
        )  # fmt: skip

    try:
        return do(go_on)
    except RunPausedError as error:
        return paused(error, args, console, do)


def _assumptions(words: Sequence[str], trace: Trace) -> dict[str, str]:
    """Read `done`, `not-done` for all effects, or `PATH=done` for one; raises `UsageError`."""
    unknown = {one.path for one in uncertain(trace)}
    assume: dict[str, str] = {}
    for word in words:
        path, _, what = word.rpartition("=")
        if what not in ASSUMED:
            raise UsageError(f"--assume {word}: it is done or not-done", suggestions=["write --assume PATH=not-done"])
        if path and path not in unknown:
            message = f"--assume {word}: of {path!r} it is known what became of it, or it never began"
            open_ones = [f"{one}={what}" for one in sorted(unknown)]
            raise UsageError(message, suggestions=open_ones or ["leave --assume out: nothing is uncertain"])
        assume[path or "*"] = what
    return assume


def _require_rights(args: argparse.Namespace, header: Mapping[str, Any]) -> None:
    """Raise `UsageError`, with the command to type, unless the rights are given that the run was begun with.

    A log grants nothing: who can write one would have every right otherwise.
    """
    had, has = tuple(header.get("grants") or ()), given(args)
    folder = str(header.get("folder") or Path.cwd())
    # All that was granted is given with `ALL`, and nothing that was denied.
    missing = [rule for rule in had if rule not in has and (ALL not in has or rule.startswith("!"))]
    elsewhere = any(rule != ALL for rule in has) and folder != str(Path.cwd())
    if not missing and not elsewhere:
        return
    words = ["llmspell", "runs", "resume", args.run, *(f"--assume={word}" for word in args.assume or ())]
    words += [f"--approve={word}" for word in args.approve or ()] + [f"--reject={word}" for word in args.reject or ()]
    words += ["--approve-all"] if args.approve_all else []
    words += [f"--decisions={args.decisions}"] if args.decisions else []
    words += ["--force"] if args.force else []
    words += [word for rule in dict.fromkeys((*had, *has)) for word in flags_of(rule)]
    command = shlex.join(words)
    if folder != str(Path.cwd()):
        command = f"cd {shlex.quote(folder)} && {command}"
    why = f"it was begun with rights that are not given now: {', '.join(missing)}"
    if not missing:
        why = f"rights with relative paths mean other files here than in {folder}, where it was begun"
    raise UsageError(f"run {header['id']} is not resumed: {why}", suggestions=[f"if it may have them still: {command}"])
