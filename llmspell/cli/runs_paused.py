"""Runs that wait for a person: what waits is told, decisions are read from flags, and asked for at a terminal."""

from __future__ import annotations

import getpass
import json
import os
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge.resume import resume_run
from llmspell.cli.chat_shown import arguments_of
from llmspell.cli.durable import flags_of
from llmspell.cli.escaped import escaped
from llmspell.cli.state import moment
from llmspell.cli.values import from_file
from llmspell.errors import ExitCode, RunPausedError, UsageError
from llmspell.runtime.journal.reading import head

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App

    Wait = Mapping[str, Any]
    Decisions = dict[str, dict[str, object]]


def decided(args: argparse.Namespace, waits: Sequence[Wait]) -> Decisions:
    """Read what flags say about calls that wait; raises `UsageError`, naming those that do."""
    found: Decisions = {}

    def settle(flag: str, word: str, decision: object) -> None:
        for one in _meant(flag, word, waits):
            if found.setdefault(one["path"], {}).setdefault(one["id"], decision) != decision:
                raise UsageError(f"{flag} {word}: it is decided twice", suggestions=["say once what holds"])

    for word in args.approve or ():
        settle("--approve", word, "approve")
    for word in args.reject or ():
        name, reason = _reason(word, waits)
        settle("--reject", name, {"decision": "reject", "reason": reason})
    for word, decision in (from_file(args.decisions) if args.decisions else {}).items():
        settle("--decisions", word, decision)
    if args.approve_all:
        if not waits:
            raise UsageError("--approve-all: no call waits for a decision", suggestions=["leave it out"])
        for one in waits:
            found.setdefault(one["path"], {}).setdefault(one["id"], "approve")
    return found


def names(waits: Sequence[Wait]) -> list[str]:
    """Give the words by which calls are named: their ids, with the path where several have the same."""
    count = Counter(one["id"] for one in waits)
    return [one["id"] if count[one["id"]] == 1 else f"{one['path']}/{one['id']}" for one in waits]


def _meant(flag: str, word: str, waits: Sequence[Wait]) -> list[Wait]:
    """Give the calls that a word means: one by its id, or all of a place by its path."""
    exact = [one for one in waits if word in (one["path"], f"{one['path']}/{one['id']}")]
    by_id = [one for one in waits if one["id"] == word]
    if exact or len(by_id) == 1:
        return exact or by_id
    why = f"{len(by_id)} calls have this id" if by_id else "no call of this id or path waits for a decision"
    hints = [f"{flag} {name}" for name in names(by_id or waits)] or ["nothing waits: leave it out"]
    raise UsageError(f"{flag} {word}: {why}", suggestions=hints, context={"waits": [dict(one) for one in waits]})


def _reason(word: str, waits: Sequence[Wait]) -> tuple[str, str]:
    """Take `CALL=REASON` apart: the longest name of a call that it begins with is meant."""
    known = {*names(waits), *(one["path"] for one in waits), *(one["id"] for one in waits)}
    for name in sorted(known, key=len, reverse=True):
        if word == name or word.startswith(f"{name}="):
            return name, word[len(name) + 1 :]
    name, _, reason = word.partition("=")
    return name, reason


def paused(
    error: RunPausedError,
    args: argparse.Namespace,
    console: Console,
    carry_out: Callable[[Callable[[App, Callable[[str], object]], Awaitable[object]]], int],
) -> int:
    """Ask the person at the terminal, if one is there, and go on as often as something was decided; else tell.

    `carry_out` runs what it is given in an application of its own, and tells its result.
    """
    while error.context["log"] and _somebody(args, console):
        answers = _asked(error, console)
        if not answers:
            break
        log = Path(str(error.context["log"]))

        def go_on(
            app: App, on_print: Callable[[str], object], log: Path = log, answers: Decisions = answers
        ) -> Awaitable[object]:
            force = bool(getattr(args, "force", False))
            return resume_run(app, log, decisions=answers, by=user(), force=force, on_print=on_print)

        try:
            return carry_out(go_on)
        except RunPausedError as again:
            error = again
    _tell(error, console)
    return ExitCode.PAUSED


def user() -> str:
    """Give the name of who types, empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _somebody(args: argparse.Namespace, console: Console) -> bool:
    """Tell whether a person is at a terminal who wants to be asked."""
    wanted = not getattr(args, "no_prompt", False) and not console.as_json
    return wanted and os.name == "posix" and sys.stdin.isatty() and sys.stderr.isatty()


def _asked(error: RunPausedError, console: Console) -> Decisions:
    """Ask about each call; those that are left for later are not among what is given."""
    from llmspell.cli.chat_approve import Approver  # noqa: PLC0415 - paid by who is asked
    from llmspell.model.approval import Pending  # noqa: PLC0415 - likewise

    approver, found = Approver(console, later=True), cast("Decisions", {})
    for one in _waits(error):
        console.warn_lines([f"agent {escaped(one['agent'])} waits in run {error.context['run']}{_until(one)}"])
        about = {key: one[key] for key in ("id", "tool", "arguments", "why")}
        decision = approver.decision(Pending(**about, digest=one["digest"] or ""))
        if decision is not None:
            more = {"arguments": decision.arguments, "reason": decision.reason, "always": decision.always}
            told = {"decision": decision.verdict, **{key: value for key, value in more.items() if value}}
            found.setdefault(one["path"], {})[one["id"]] = told
    return found


def _waits(error: RunPausedError) -> list[Wait]:
    return cast("list[Wait]", error.context["waits"])


def _until(one: Wait) -> str:
    return "" if one["expires"] is None else f", until {moment(one['expires'])}"


def _tell(error: RunPausedError, console: Console) -> None:
    """Tell what waits, and what to type."""
    waits, log = _waits(error), str(error.context["log"])
    command = resuming(Path(log), "--approve-all") if log else None
    if console.as_json:
        about = {"status": "paused", "run": error.context["run"], "log": log or None, "waits": waits}
        console.data({**about, "command": command, **console.beside})
        return
    lines = [f"run {error.context['run']} is paused: a person must decide", *shown(waits)]
    if command is None:
        lines.append("nobody had decided when this was recorded")
    else:
        first = names(waits)[0]
        lines += [
            f"go on: {command}",
            f"or call by call: --approve {escaped(first)}, --reject {escaped(first)}, --reject {escaped(first)}=REASON",
        ]
    console.warn_lines(lines)


def shown(waits: Sequence[Wait]) -> Iterator[str]:
    """Write calls that wait, as they would be run."""
    for name, one in zip(names(waits), waits, strict=True):
        call = f"{escaped(one['tool'])}({arguments_of(one['arguments'], whole=True)})"
        yield f"  {escaped(name)}  agent {escaped(one['agent'])}: {call}"
        yield f"      {escaped(one['why'])}{_until(one)}"
        if one["digest"]:
            yield f"      sha256 {one['digest']}; this and nothing else would run"


def resuming(log: Path, *words: str) -> str:
    """Give the command that goes on with a run, with the rights and in the folder that it was begun with."""
    from llmspell.cli.runs_found import word_for  # noqa: PLC0415 - paid by who is told

    header = head(log)
    flags = [word for rule in header.get("grants") or () for word in flags_of(rule)]
    command = f"llmspell runs resume {shlex.join([word_for(log, header), *words, *flags])}"
    folder = str(header.get("folder") or Path.cwd())
    return command if folder == str(Path.cwd()) or not flags else f"cd {shlex.quote(folder)} && {command}"


def said(decision: object) -> str:
    """Write what was decided about a call in one line."""
    if isinstance(decision, str):
        return decision
    table = cast("dict[str, object]", decision)
    verdict = table.get("decision") or ("reject" if "reason" in table else "approve")
    given = [key for key in ("arguments", "reason", "always") if table.get(key)]
    more = [f"{key} {json.dumps(table[key], ensure_ascii=False)}" for key in given]
    return ", ".join([str(verdict), *more])
