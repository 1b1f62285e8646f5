"""`llmspell audit show` and `llmspell audit verify`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import AuditError, UsageError, ValidationError
from llmspell.model.units import parse_duration
from llmspell_audit.chain import read, stamp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from llmspell.spec import Application, CommandConsole
    from llmspell_audit.checking import Line
    from llmspell_audit.driver import Audit

    Matches = Callable[[Mapping[str, Any]], bool]

FOLLOW = 0.5
"""Seconds between two looks at a log that is followed."""

_DENIED = ("refused", "denied")
_OWN = frozenset({"seq", "time", "kind", "phase", "subject", "run", "path", "prev", "mac", "digest", "scope", "user"})


async def show(args: argparse.Namespace, console: CommandConsole, app: Application) -> int:
    """Print records, the oldest first; `--json` prints each as the line that stands in the log."""
    audit = cast("Audit", await app.instance("hook_set", "audit"))
    matches = _filter(args, audit.now())
    tell = console.print if console.as_json else lambda text: console.print(_shown(json.loads(text)))
    place, chosen = -1, 0
    kinds: set[str] = set()
    while True:
        for line in _new(audit, place):
            record = read(line.data)
            if record is None:
                console.warn(f"{line.file}:{line.number} is no record; see `llmspell audit verify`")
                continue
            place = max(place, record.seq)
            kinds.add(str(record.data.get("kind")))
            if matches(record.data):
                chosen += 1
                tell(line.data.decode())
        if not args.follow:
            if place < 0:
                console.note(f"{audit.log.files} holds nothing yet: `[audit]` in the configuration begins it")
            elif not chosen:
                console.note(f"none of its records is like that; their kinds are {', '.join(sorted(kinds))}")
            return 0
        await audit.pause(FOLLOW)


def _new(audit: Audit, place: int) -> list[Line]:
    """Give the lines behind a record, but not one that is being written."""
    return [line for line in audit.log.files.lines_behind(place) if line.ended]


async def verify(args: argparse.Namespace, console: CommandConsole, app: Application) -> int:  # noqa: ARG001 - a verb's
    """Read the whole log and name the first thing that is wrong with it, as an error."""
    audit = cast("Audit", await app.instance("hook_set", "audit"))
    found = audit.log.verify()
    if found.fault is not None:
        fault = found.fault
        where = f"{audit.log.files}: {fault.what}"
        if fault.line:
            where = f"{fault.file}:{fault.line}: {fault.what}: record {fault.seq}"
            console.note(f"{found.records} records before it are as they were written")
        raise AuditError(
            f"{where}: {fault.says}",
            suggestions=["compare with a backup of the log", "keep the anchor where those who write the log cannot"],
            context={**fault._asdict(), "records": found.records},
        )
    if console.as_json:
        console.data({"records": found.records, "whole": True, "path": str(audit.log.files)})
    elif found.records:
        console.print(f"{audit.log.files} is whole: {found.records} records")
    else:
        console.print(f"{audit.log.files} holds nothing yet")
    return 0


def _filter(args: argparse.Namespace, now: float) -> Matches:
    since = "" if args.since is None else stamp(_moment(args.since, now))

    def matches(data: Mapping[str, Any]) -> bool:
        if str(data.get("time", "")) < since or (args.run and data.get("run") != args.run):
            return False
        kind = str(data.get("kind"))
        if args.kind and not any(fnmatchcase(kind, pattern) for pattern in args.kind):
            return False
        return not args.denied or data.get("phase") in _DENIED or kind.endswith("_denied")

    return matches


def _moment(text: str, now: float) -> float:
    """Read how long ago, or a moment: ISO 8601, in UTC where it does not say."""
    if re.match(r"\d{4}-", text):
        try:
            made = datetime.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"--since cannot be {text!r}: {error}") from error
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
    try:
        return now - parse_duration(text, bare="s")
    except ValidationError as error:
        message = f"--since cannot be {text!r}"
        raise UsageError(message, suggestions=["write how long ago (90s, 2h, 7d), or 2026-11-21T08:00Z"]) from error


def _shown(data: Mapping[str, Any]) -> str:
    """Give a record on one line: number, time, what, of whom, and what else it says."""
    what = " ".join(str(data[name]) for name in ("kind", "phase", "subject") if data.get(name))
    more = {name: value for name, value in data.items() if name not in _OWN and value not in (None, "")}
    told = json.dumps(more, ensure_ascii=False) if more else ""
    line = f"{data['seq']:>6}  {data['time']}  {what}  {told}".rstrip()
    # What spells and models wrote must not move the cursor or hide what stands beside it.
    return line if line.isprintable() else "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line)
