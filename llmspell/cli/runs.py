"""`llmspell runs list|show|trace`: what durable runs did, and how they stand."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.cli.console import BOLD, DIM, RED, Console, room
from llmspell.cli.escaped import visible
from llmspell.cli.runs_found import counted, folder, one_log, shorts, traced, word_for
from llmspell.cli.runs_paused import said, shown
from llmspell.cli.runs_tree import ASCII, LINES, STYLES, WIDE, Tree, duration, spent
from llmspell.cli.state import moment
from llmspell.errors import LlmspellError, SystemFailure, UsageError
from llmspell.model.call import OPERATIONS
from llmspell.runtime.journal.reading import of_program
from llmspell.runtime.journal.trace import APPROVAL, CALL, uncertain
from llmspell.runtime.journal.trace_data import run_data, totals_data, trace_data
from llmspell.runtime.journal.trace_totals import totals

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from llmspell.runtime.journal.folder import RunEntry
    from llmspell.runtime.journal.trace import Trace

KINDS = (*OPERATIONS, "effect", APPROVAL, CALL)
"""What `--only` may name."""

MOST = 100
"""Runs that are listed unless another number is wished: their logs are read."""

COLUMNS = ("run", "spell", "status", "started", "took", "effects", "cost")


def list_runs(args: argparse.Namespace, console: Console) -> int:
    """List runs, the latest first."""
    status, limit = getattr(args, "status", None), counted(getattr(args, "limit", MOST), "--limit")
    known = folder(args, console).all()
    found = [one for one in known if status in (None, one.status)]
    shown = found[:limit]
    if console.as_json:
        console.data([_about(one, console) for one in shown])
    elif shown:
        short = shorts(one.id for one in known)
        console.table([_row(_about(one, console), short[one.id]) for one in shown], COLUMNS)
        if len(shown) < len(found):
            console.note(f"{len(found) - len(shown)} older ones are not shown")
    else:
        what = f"no run is {status}" if status else "there are no durable runs"
        console.note(f"{what}; `llmspell run --durable SPELL` makes one")
    return 0


def _about(run: RunEntry, console: Console) -> dict[str, Any]:
    """Tell of a run what its log says; one that cannot be read is told with its fault."""
    told: dict[str, Any] = {
        "id": run.id, "name": run.name, "status": run.status, "started": run.started, "changed": run.changed,
        "records": run.records, "size": run.size, "log": str(run.path), "seconds": None, "effects": None, "cost": None,
        "fault": run.fault or None,
    }  # fmt: skip
    if run.fault:
        return told
    try:
        trace = traced(run.path, console)
    except LlmspellError as error:
        return {**told, "status": "unreadable", "fault": error.message}
    whole, _ = totals(trace)
    effects = sum(1 for _, one in trace.walk() if one.effect)
    return {**told, "seconds": round(trace.seconds, 6), "effects": effects, "cost": whole.usage.money}


def _row(about: dict[str, Any], short: str) -> tuple[str, ...]:
    cost = "-" if about["cost"] is None else f"${about['cost']}"
    effects = "-" if about["effects"] is None else str(about["effects"])
    name, took = visible(about["name"] or "-"), duration(about["seconds"])
    return short, name, about["status"], moment(about["started"]), took, effects, cost


def show(args: argparse.Namespace, console: Console) -> int:
    """Show a run: what it was begun with, how it stands, and what would happen if it went on."""
    log = one_log(args, console)
    trace = traced(log, console)
    open_ones = [
        {"path": one.path, "operation": one.operation, "subject": one.subject, "at": trace.line_of(one.path) or None}
        for one in uncertain(trace)
    ]
    if console.as_json:
        about = {"run": run_data(trace), "totals": totals_data(trace), "log": str(log)}
        console.data({**about, "uncertain": open_ones, "last": [_brief(one) for one in trace.tail]})
        return 0
    people = _people(trace, console)
    for line in (*_head(log, trace, console), *people, *_end(trace, console), *_future(log, trace, open_ones, console)):
        console.print(line)
    return 0


def _head(log: Path, trace: Trace, console: Console) -> Iterator[str]:
    header = trace.header
    whole, _ = totals(trace)
    versions = {"llmspell": header.get("version"), **(header.get("versions") or {})}
    parent = header.get("parent")
    facts = {
        "run": header["id"],
        "status": console.strong(trace.status, STYLES.get(trace.status, BOLD)),
        "spell": header.get("file") or header.get("name"),
        "digest": header.get("digest"),
        "parameters": ", ".join(f"{name}={value!r}" for name, value in (header.get("params") or {}).items()),
        "rights": " ".join(header.get("grants") or ()) or "none by flags",
        "began": f"{moment(trace.started)}, took {duration(trace.seconds)}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "engine": "" if of_program(header) else f"{header.get('engine')}, {header.get('isolation')}",
        "kept": f"{header.get('sync')}, {log.stat().st_size} bytes, {trace.count} records",
        "forked": f"from {parent[0]} before record {parent[1]}" if parent else "",
        "resumes": len(trace.resumed),
        "spent": spent(whole.usage).removeprefix("; "),
        "log": log,
    }
    for name, value in facts.items():
        if value:
            text = str(value) if name == "status" else visible(str(value))
            yield f"{console.strong(f'{name:<11}', DIM)}{text}"
    error = trace.whole((trace.finished or {}).get("error"))
    if isinstance(error, dict):
        yield console.strong(visible(f"{error.get('type')}: {error.get('message')}"), RED)


def _people(trace: Trace, console: Console) -> Iterator[str]:
    """Tell what waits for a person, and who decided what."""
    about = run_data(trace)
    waits, decided = about["waits"], about["decided"]
    if waits:
        yield from ("", console.strong("waits for a person", BOLD), *shown(waits))
    if decided:
        yield from ("", console.strong("decided", BOLD))
    for one in decided:
        for id_, decision in one["calls"].items():
            yield visible(f"  {moment(one['t'])}  {id_}: {said(decision)}{'  by ' + one['by'] if one['by'] else ''}")


def _end(trace: Trace, console: Console) -> Iterator[str]:
    """Tell the last records of the log."""
    yield ""
    yield console.strong("last records", BOLD)
    for record in trace.tail:
        told = _brief(record)
        words = [str(told[key]) for key in ("n", "kind", "operation", "subject", "path") if told[key] is not None]
        yield f"  {visible('  '.join(words))}"


def _brief(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "n": record["n"],
        "t": record["t"],
        "kind": record["k"],
        "operation": record.get("o"),
        "subject": record.get("s"),
        "path": record.get("p"),
    }


def _future(log: Path, trace: Trace, open_ones: Sequence[dict[str, Any]], console: Console) -> Iterator[str]:
    """Tell what would happen if the run went on."""
    run = shlex.quote(word_for(log, trace.header))
    yield ""
    if trace.status == "running":
        yield f"it is under way; `llmspell runs cancel {run}` ends it"
        return
    if trace.status not in ("interrupted", "paused"):
        yield f"it has ended; `llmspell runs fork {run}` makes a run that goes on from an earlier place"
        return
    known = sum(1 for _, one in trace.walk() if one.effect and one.status not in ("unfinished", "uncertain"))
    again = sum(1 for _, one in trace.walk() if one.effect and one.status == "unfinished")
    decide = " asks at a terminal (or --approve-all), and" if trace.waits.open() else ""
    command = f"`llmspell runs resume {run}`{decide} goes on"
    if of_program(trace.header):
        command = "its Python program, started again with this log, goes on"
    yield f"{command}; outcomes taken from the log: {known}, effects begun anew: {again}"
    if open_ones:
        yield console.strong("nobody knows whether these happened:", RED)
        for one in open_ones:
            place = f"  at {one['at']}" if one["at"] else ""
            yield visible(f"  {one['operation']} {one['subject']}{place}")
            yield visible(f"    --assume {one['path']}=done or --assume {one['path']}=not-done")


def trace(args: argparse.Namespace, console: Console) -> int:
    """Show what a run did, as a tree, as JSON, or as a page."""
    only = _kinds(args.only or ())
    depth = counted(args.depth, "--depth")
    found = traced(one_log(args, console), console)
    if args.html is not None:
        return _page(args, console, found)
    if console.as_json:
        console.data(trace_data(found, depth=depth, only=only, messages=args.messages))
        return 0
    if args.messages:
        raise UsageError("--messages goes with --json or --html", suggestions=["add --json"])
    signs = LINES if (console.out.encoding or "utf").lower().startswith("utf") else ASCII
    tree = Tree(found, console.strong, width=room() if console.out.isatty() else WIDE, signs=signs)
    for line in tree.lines(depth=depth, only=only, full=args.full):
        console.print(line)
    return 0


def _kinds(words: Sequence[str]) -> tuple[str, ...]:
    from difflib import get_close_matches  # noqa: PLC0415 - only who narrows pays for it

    names = [name for word in words for name in word.split(",") if name]
    for name in names:
        if name not in KINDS:
            near = get_close_matches(name, KINDS, n=2)
            hints = [f"did you mean {' or '.join(near)}?"] if near else [f"there are {', '.join(KINDS)}"]
            raise UsageError(f"--only: there is no operation {name!r}", suggestions=hints)
    return tuple(names)


def _page(args: argparse.Namespace, console: Console, found: Trace) -> int:
    from llmspell.cli.runs_html import trace_page  # noqa: PLC0415 - paid by who wants a page

    text = trace_page(found, messages=args.messages)
    if args.html == "-":
        console.piece(text)
        return 0
    path = Path(args.html)
    try:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        message = f"the page {args.html!r} cannot be written: {error.strerror or error}"
        raise SystemFailure(message, suggestions=["name a file in a folder that you may write to"]) from error
    if console.as_json:
        console.data({"file": args.html, "bytes": len(text.encode())})
    else:
        console.note(f"wrote {args.html}; it shows what the run was told and answered: mind who gets it")
    return 0
