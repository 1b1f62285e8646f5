"""`llmspell runs prune|cancel|fork`: remove runs, end them, and begin others where they were."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.cli.escaped import visible
from llmspell.cli.opening import open_app
from llmspell.cli.runs_found import one_log, run_folder
from llmspell.errors import JournalBusyError, UsageError
from llmspell.model.units import format_size, parse_duration, parse_size
from llmspell.runtime.journal.cancelling import forget_cancel, request_cancel
from llmspell.runtime.journal.folder import ENDED, RunFolder
from llmspell.runtime.journal.forking import again, boundaries, fork
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.reading import of_program, read
from llmspell.runtime.journal.trace import Trace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from llmspell.cli.console import Console

PLACES = ("before", "operation", "subject", "line")


def prune(args: argparse.Namespace, console: Console) -> int:
    """Remove runs that are too old, too many or too large."""
    older = None if args.older is None else parse_duration(args.older)
    size = None if args.size is None else parse_size(args.size)
    if older is None and size is None and args.keep is None:
        message = "which runs are to go is not said"
        raise UsageError(message, suggestions=["add --older 30d, --keep 100 or --size 1GB"])
    if args.keep is not None and args.keep < 0:
        raise UsageError(f"--keep {args.keep}: fewer than none cannot stay", suggestions=["write --keep 100"])
    app = open_app(args, console)
    gone = RunFolder(run_folder(app)).prune(
        now=app.services.clock.now(),
        older_than=older,
        keep=args.keep,
        max_bytes=size,
        statuses=args.status or ENDED,
        dry_run=args.dry_run,
    )
    for one in () if args.dry_run else gone.runs:
        forget_cancel(one.path)
    if console.as_json:
        ids = [one.id for one in gone.runs]
        console.data({"would_remove" if args.dry_run else "removed": ids, "bytes": gone.bytes})
        return 0
    for one in gone.runs if args.dry_run else ():
        console.print(visible(f"{one.id}  {one.name}  {one.status}  {format_size(one.size)}"))
    console.note(f"{len(gone.runs)} runs {'would go' if args.dry_run else 'are gone'}: {format_size(gone.bytes)}")
    return 0


def cancel(args: argparse.Namespace, console: Console) -> int:
    """End a run for good: ask the process that goes on with it, or write down that nobody will."""
    path = one_log(args, console)

    async def end() -> str:
        try:
            log = RunLog.open(path)
        except JournalBusyError:
            request_cancel(path)
            return "asked"
        try:
            last = log.records[-1]
            if last["k"] == "finished" and last["status"] in ENDED:
                message = f"the run {log.records[0]['id']} has ended: it is {last['status']}"
                raise UsageError(message, suggestions=["`llmspell runs list --status running` names those under way"])
            log.append({"k": "cancel"})
            log.append({"k": "finished", "status": "cancelled"})
            await log.flush()
        finally:
            await log.aclose()
        forget_cancel(path)
        return "cancelled"

    status = asyncio.run(end())
    if console.as_json:
        console.data({"run": path.stem, "status": status})
    elif status == "asked":
        console.note(f"asked the run {path.stem} to end; `llmspell runs show {path.stem}` tells when it has")
    else:
        console.note(f"the run {path.stem} is cancelled: it cannot be resumed, but forked")
    return 0


def fork_run(args: argparse.Namespace, console: Console) -> int:
    """Begin a run with the records of another up to one of them; tell how it is resumed."""
    path = one_log(args, console)
    records = tuple(read(path))
    if args.list:
        return _places(path, records, console)
    found = boundaries(records)
    if args.at is None and not found.sound:
        raise UsageError(f"the run {path.stem} can be forked nowhere", suggestions=["run the spell anew"])
    at = found.sound[-1] if args.at is None else args.at
    app = open_app(args, console)
    run_id = app.services.new_id()
    to = RunFolder(run_folder(app)).file(run_id)
    fork(records, at, run_id, to, app.services.clock.now())
    repeated = [
        {"n": one["n"], "path": one["p"], "operation": one["o"], "subject": one["s"]} for one in again(records, at)
    ]
    command = None if of_program(records[0]) else f"llmspell runs resume {run_id}"
    if console.as_json:
        about = {"run": run_id, "parent": records[0]["id"], "at": at, "log": str(to)}
        console.data({**about, "again": repeated, "command": command})
        return 0
    console.print(command or str(to))
    when = "it is resumed" if command else "its Python program is started with this log"
    console.note(f"forked {records[0]['id']} before record {at}; nothing runs before {when}")
    if repeated:
        console.note(f"{len(repeated)} effects that {path.stem} did after that may be done once more:")
        for one in repeated:
            console.note(visible(f"  {one['operation']} {one['subject']}"))
    return 0


def _places(path: Path, records: Sequence[dict[str, Any]], console: Console) -> int:
    """List where a fork may begin right before an effect."""
    trace = Trace(iter(records), console.redact)
    begun = {one.n: one for _, one in trace.walk() if one.effect}
    sound = set(boundaries(records).sound)
    places = [(n, one, trace.line_of(one.path)) for n, one in sorted(begun.items()) if n in sound]
    if console.as_json:
        about = [
            (n, {"operation": one.operation, "subject": one.subject, "path": one.path}, at) for n, one, at in places
        ]
        console.data([{"at": n, **told, "line": at or None} for n, told, at in about])
    elif places:
        rows = [(str(n), one.operation, visible(one.subject), visible(at) or "-") for n, one, at in places]
        console.table(rows, PLACES)
    else:
        console.note(f"no effect of the run {path.stem} has a place before it where a fork could begin")
    return 0
