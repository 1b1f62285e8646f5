"""The journal of a spell: made when it is begun, found again when it is taken up, checked against what runs now."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llmspell import __version__
from llmspell.errors import NonDeterminismError, UncertainOutcomeError, UsageError
from llmspell.runtime.journal.cancelling import forget_cancel
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.recorded import Recorded
from llmspell.services.files_kept import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.runtime.app import App
    from llmspell.spec import Component

SUFFIX = ".jsonl"
FOLDER = "runs"
LOG = "the log of a run"
SEED = 32


class Durability(NamedTuple):
    """How a run is kept.

    sync      what is waited for: `sync` (on the disk), `async` (with the system), `exit` (the end of the run)
    record    the file that the run is recorded in; None means the user's folder of runs
    replay    a recording from which every effect is answered; nothing outside is touched, nothing is written
    resume    the log of a run that goes on
    assume    by path, or `*` for all: `done` or `not-done`, what became of effects of which nobody knows
    decisions by path of a place that waits for a person, by id of a call: what was decided, as `Agent.resume` takes it
    by        who decided
    force     go on although the spell, a module of it or a version has changed
    grants    the rights that were given, as flags say them: told by `runs show`
    """

    sync: Literal["sync", "async", "exit"] = "sync"
    record: Path | None = None
    replay: Path | None = None
    resume: Path | None = None
    assume: Mapping[str, str] = {}
    decisions: Mapping[str, Mapping[str, object]] = {}
    by: str = ""
    force: bool = False
    grants: tuple[str, ...] = ()


class Begun(NamedTuple):
    """What a spell is begun with: its engine, where it runs, its name and text, parameters, time and session."""

    engine: Component
    isolation: str
    name: str
    file: str | None
    source: str
    params: Mapping[str, object]
    seconds: float | None = None
    session: str | None = None


async def open_journal(app: App, begun: Begun, how: Durability) -> tuple[str, RunJournal, Path]:
    """Give the id of a run, its journal and the folder that it works in.

    Raises `JournalError` for a log that cannot be written, read or locked, `NonDeterminismError` when the spell is
    another one than that of the log, `UncertainOutcomeError` when people must say first what became of an effect,
    `UsageError` for parameters or a text with a secret's value.
    """
    mask = app.services.secrets.quick
    if how.replay is not None:
        recorded = Recorded(read(how.replay))
        return app.services.new_id(), RunJournal(None, recorded, strict=True, mask=mask), Path.cwd()
    if how.resume is not None:
        app.services.kept.keep(Place(str(how.resume), LOG))
        return await _taken_up(begun, how.resume, how, mask, app.services.clock.now())
    _require_no_secret(begun, app.services.secrets.quick())
    run_id = app.services.new_id()
    path = how.record or app.services.paths.data / FOLDER / f"{run_id}{SUFFIX}"
    app.services.kept.keep(Place(str(path), LOG))
    header = _header(run_id, begun, how)
    log = RunLog.create(path, header, sync=how.sync)
    return run_id, RunJournal(log, Recorded([header]), mask=mask), Path.cwd()


def _require_no_secret(begun: Begun, mask: Callable[[str], str] | None) -> None:
    """Refuse to keep the value of a secret: what a run begins with is in its log as it is, or could not be resumed."""
    if mask is None:
        return
    given = {f"the parameter {key!r}": json.dumps(value, default=str) for key, value in begun.params.items()}
    given["the text of the spell"] = begun.source
    for what, text in given.items():
        if mask(text) != text:
            message = f"{what} holds the value of a secret, and the log of the run would keep it"
            remedy = "leave it out: keep it with `llmspell keys set`, and tools and providers get it by its name"
            raise UsageError(message, suggestions=[remedy, "run without --durable and --record"])


async def _taken_up(begun: Begun, path: Path, how: Durability, mask: Any, now: float) -> tuple[str, RunJournal, Path]:
    log = RunLog.open(path)
    forget_cancel(path)
    try:
        recorded = Recorded(log.records)
        if recorded.status not in ("", "paused"):
            message = f"run {recorded.header['id']} has ended: it is {recorded.status}"
            remedy = f"fork it before its end: llmspell runs fork {recorded.header['id']} --at N"
            raise UsageError(message, suggestions=[remedy])
        if not how.force:
            _unchanged(recorded, begun)
        _certain(recorded, how)
        recorded.waits.check(how.decisions)
    except BaseException:
        await log.aclose()
        raise
    recorded.went_on(now)
    journal = RunJournal(log, recorded, assume=how.assume, mask=mask)
    journal.note("resumed", by=__version__, assume=dict(how.assume))
    journal.assume()
    journal.people.decide(how.decisions, how.by)
    return str(recorded.header["id"]), journal, Path(recorded.header["folder"])


def _header(run_id: str, begun: Begun, how: Durability) -> dict[str, object]:
    return {
        "k": "run",
        "id": run_id,
        "name": begun.name,
        "version": __version__,
        "engine": begun.engine.name,
        "isolation": begun.isolation,
        "file": begun.file,
        "folder": str(Path.cwd()),
        "source": begun.source,
        "digest": digest_of(begun.source),
        "params": dict(begun.params),
        "seconds": begun.seconds,
        "session": begun.session,
        "seed": b64encode(os.urandom(SEED)).decode(),
        "versions": versions(begun.engine),
        "grants": list(how.grants),
        "pid": os.getpid(),
    }


def versions(engine: Component) -> dict[str, str]:
    """Give the versions that a guest's behaviour depends on, by distribution."""
    if not engine.dist:
        return {}  # a plugin of a file or a module, whose text has no number
    return {engine.dist: version(engine.dist)}


def digest_of(source: str) -> str:
    """Give the SHA-256 of a text in hex."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def _digest_of_file(path: Path) -> str | None:
    """Give the SHA-256 of a file in hex, None where it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _unchanged(recorded: Recorded, begun: Begun) -> None:
    """Raise `NonDeterminismError` when something else would run than what was recorded."""
    header = recorded.header
    now = digest_of(begun.source)
    about: dict[str, object] = {}
    if header["digest"] != now:
        about["source"] = {"recorded": header["digest"], "now": now}
    if header["version"] != __version__:
        about["llmspell"] = {"recorded": header["version"], "now": __version__}
    found = versions(begun.engine)
    if header["versions"] != found:
        about["engine"] = {"recorded": header["versions"], "now": found}
    folder = None if begun.file is None else Path(header["folder"], begun.file).parent
    for name, digest in recorded.modules.items():
        found_now = None if folder is None else _digest_of_file(folder / name)
        if found_now != digest:
            about[name] = {"recorded": digest, "now": found_now}
    if about:
        message = f"run {header['id']} was begun with another {', another '.join(about)}"
        raise NonDeterminismError(
            message,
            suggestions=["put back what it was begun with", "go on all the same with --force: what differs is found"],
            context=about,
        )


def _certain(recorded: Recorded, how: Durability) -> None:
    """Raise `UncertainOutcomeError` with every effect of which people have to say what became of it."""
    unknown = [one for one in recorded.uncertain() if not (how.assume.get(one.path) or how.assume.get("*"))]
    if not unknown:
        return
    first = unknown[0]
    message = f"nobody knows whether {first.operation} {first.subject!r} happened: it was begun before the crash"
    if len(unknown) > 1:
        message = (
            f"nobody knows whether {len(unknown)} effects happened; the first is {first.operation} {first.subject!r}"
        )
    error = UncertainOutcomeError(
        message,
        suggestions=[
            "look at what they left, then resume with --assume done (they happened) or --assume not-done (do them)",
            *(f"--assume {one.path}=done|not-done" for one in unknown[:5]),
        ],
        context={"effects": [one._asdict() for one in unknown]},
    )
    error.where = first.at or None
    raise error
