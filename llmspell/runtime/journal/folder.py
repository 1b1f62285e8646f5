"""The folder of durable runs: a journal for each, told apart by how it ends and by who has it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from llmspell.errors import JournalBusyError, JournalError, RunNotFoundError, ValidationError
from llmspell.model.near import near_words
from llmspell.runtime.journal.opening import is_locked, open_to_read, open_to_write
from llmspell.runtime.journal.reading import ends_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from llmspell.runtime.journal.formats import Record

ENDED: Final = ("done", "failed", "cancelled")
"""What a run is that nobody goes on with."""

STATUSES: Final = (*ENDED, "paused", "interrupted", "running", "unreadable")
"""`interrupted` has no end and no process; `unreadable` is damaged, of a newer format, or no file of this user."""

SHORTEST: Final = 4
"""Characters of an id that may stand for it."""

MOST: Final = 5
"""Ids that an error names."""

ENDING: Final = ".jsonl"
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


@frozen(kw_only=True)
class RunEntry:
    """One run: `started` and `changed` (its last record) are in epoch seconds, `size` in bytes.

    `fault` says why a run is unreadable; its times are then those of the file, and what its header would tell is empty.
    """

    id: str
    path: Path
    status: str
    started: float
    changed: float
    size: int
    name: str = ""
    engine: str = ""
    records: int = 0
    fault: str = ""


@frozen(kw_only=True)
class Pruned:
    """What was removed, and the bytes that are free now."""

    runs: tuple[RunEntry, ...]
    bytes: int


class RunFolder:
    """List, find and remove the runs of a folder, which need not exist."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, run_id: str) -> Path:
        """Give the path of a run's journal; raises `RunNotFoundError` for what can be no id."""
        if not _ID.fullmatch(run_id):
            raise _unknown(run_id, ())
        return self.path / (run_id + ENDING)

    def all(self, *, statuses: Collection[str] = STATUSES, name: str | None = None) -> list[RunEntry]:
        """Give the runs, the latest first; raises `ValidationError` for a status there is not."""
        _check(statuses)
        chosen = (one for one in self._entries() if one.status in statuses and name in (None, one.name))
        return sorted(chosen, key=lambda one: (-one.started, one.id))

    def find(self, wanted: str) -> RunEntry:
        """Give a run by its id, the beginning of its id (at least 4 characters) or its name: then the latest of it.

        Raises `RunNotFoundError`, with the nearest names, also when the beginning is that of several.
        """
        ids = set(self._ids())
        if wanted in ids and (exact := self._entry(wanted)) is not None:
            return exact
        known = self.all()
        starting = [one for one in known if one.id.startswith(wanted)] if len(wanted) >= SHORTEST else []
        named = next((one for one in known if wanted and one.name == wanted), None)
        meant = {one.id: one for one in (*starting, *([named] if named else []))}
        if len(meant) == 1:
            return next(iter(meant.values()))
        raise _ambiguous(wanted, meant.values()) if meant else _unknown(wanted, known)

    def prune(
        self,
        *,
        now: float,
        older_than: float | None = None,
        keep: int | None = None,
        max_bytes: int | None = None,
        statuses: Collection[str] = ENDED,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove runs of these statuses: unchanged for `older_than` seconds, more than the latest `keep`, or too large.

        With `max_bytes` the oldest go until all runs together are no larger. A run that some process has stays in any
        case. Raises `ValidationError` without any of the three bounds, `JournalError` when a file cannot be removed.
        """
        bounds = [bound for bound in (older_than, keep, max_bytes) if bound is not None]
        if not bounds or min(bounds) < 0:
            raise ValidationError(
                "which runs are to be removed is not said",
                suggestions=["give an age in seconds, a number of runs or of bytes to keep, 0 or more"],
            )
        _check(statuses)
        if "running" in statuses:
            raise ValidationError("a run that is under way is not removed", suggestions=["cancel it first"])
        known = self.all()
        chosen = [one for one in known if one.status in statuses]
        leaving = {one.id for one in chosen[keep:]} if keep is not None else set()
        if older_than is not None:
            leaving |= {one.id for one in chosen if now - one.changed > older_than}
        if max_bytes is not None:
            total = sum(one.size for one in known if one.id not in leaving)
            for one in reversed(chosen):
                if total > max_bytes and one.id not in leaving:
                    leaving.add(one.id)
                    total -= one.size
        gone = tuple(one for one in chosen if one.id in leaving and (dry_run or _remove(one)))
        return Pruned(runs=gone, bytes=sum(one.size for one in gone))

    def _ids(self) -> Iterator[str]:
        try:
            with os.scandir(self.path) as found:
                names = [entry.name for entry in found]
        except FileNotFoundError:
            return
        except OSError as error:
            raise JournalError(
                f"the folder of runs {self.path} cannot be read: {error.strerror}",
                suggestions=["look at its rights, or choose another `data` folder"],
                context={"path": str(self.path)},
            ) from error
        for name in names:
            run_id = name.removesuffix(ENDING)
            if run_id != name and _ID.fullmatch(run_id):
                yield run_id

    def _entries(self) -> Iterator[RunEntry]:
        return (entry for run_id in self._ids() if (entry := self._entry(run_id)) is not None)

    def _entry(self, run_id: str) -> RunEntry | None:
        """Give a run as it is now; None when it was removed meanwhile, or is being made."""
        path = self.path / (run_id + ENDING)
        try:
            with open_to_read(path) as file:
                info = os.fstat(file.fileno())
                try:
                    header, last = ends_of(path, file)
                except JournalError:
                    if info.st_size == 0 and is_locked(file):
                        return None  # it is being made
                    raise
                status = _status(last) or ("running" if is_locked(file) else _left(last))
        except JournalError as error:
            return _unreadable(run_id, path, error)
        return RunEntry(
            id=run_id,
            path=path,
            status=status,
            started=header["t"],
            changed=last["t"],
            size=info.st_size,
            name=str(header.get("name") or ""),
            engine=str(header.get("engine") or ""),
            records=last["n"] + 1,
        )


def _status(last: Record) -> str | None:
    """Give how a run ended, if nobody goes on with it."""
    status = last.get("status") if last["k"] == "finished" else None
    return status if status in ENDED else None


def _left(last: Record) -> str:
    return "paused" if last["k"] == "finished" and last.get("status") == "paused" else "interrupted"


def _unreadable(run_id: str, path: Path, error: JournalError) -> RunEntry | None:
    try:
        info = path.lstat()
    except FileNotFoundError:
        return None
    return RunEntry(
        id=run_id,
        path=path,
        status="unreadable",
        started=info.st_mtime,
        changed=info.st_mtime,
        size=info.st_size,
        fault=error.message,
    )


def _remove(run: RunEntry) -> bool:
    """Remove a run unless some process has it or went on with it; tell whether it is gone by this."""
    try:
        file = open_to_write(run.path)
    except JournalBusyError:
        return False
    except JournalError as error:
        if run.status == "unreadable":
            return _unlink(run.path)
        if isinstance(error.__cause__, FileNotFoundError):
            return False
        raise
    with file:
        if os.fstat(file.fileno()).st_size != run.size:
            return False
        if os.name != "nt":
            return _unlink(run.path)
    return _unlink(run.path)  # Windows removes no open file


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise JournalError(
            f"the journal {path} cannot be removed: {error.strerror}",
            suggestions=["look at the rights of its folder"],
            context={"path": str(path)},
        ) from error
    return True


def _check(statuses: Collection[str]) -> None:
    for status in statuses:
        if status not in STATUSES:
            raise ValidationError(f"no run is ever {status!r}", suggestions=[", ".join(STATUSES)])


def _unknown(wanted: str, known: Collection[RunEntry]) -> RunNotFoundError:
    near = near_words(wanted, {one.name for one in known if one.name} | {one.id for one in known})
    return RunNotFoundError(
        f"there is no run {wanted!r}",
        suggestions=[f"did you mean {one}?" for one in near] or ["`llmspell runs list` names those there are"],
        context={"run": wanted},
    )


def _ambiguous(wanted: str, meant: Collection[RunEntry]) -> RunNotFoundError:
    ids = [one.id for one in meant]
    return RunNotFoundError(
        f"{wanted!r} may be any of {len(ids)} runs",
        suggestions=["give more of the id: " + ", ".join(ids[:MOST]) + (", ..." if len(ids) > MOST else "")],
        context={"run": wanted, "ids": ids},
    )
