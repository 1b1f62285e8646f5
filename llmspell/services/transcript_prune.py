"""Take runs out of a transcript: whole ones, for half of one tells nothing.

The file is written anew beside itself and put in its own place, so that it is whole at any moment. Whoever writes a
transcript holds a lock on it that others may share; this one shares with nobody.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import datetime
from typing import IO, TYPE_CHECKING

from llmspell.errors import ResourceUnavailableError, SystemFailure, ValidationError
from llmspell.services.cleanup import Kept
from llmspell.services.transcript_file import hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llmspell.services.cleanup import Cleanup

VERSION = 1
"""The form of the entries that are understood: `llmspell.runtime.transcript_entry.VERSION`."""


def prune(path: Path, policy: Cleanup, now: float, *, dry: bool = False) -> list[str]:
    """Take out the runs of which a policy has had enough and give their ids; `dry` takes out none.

    An entry at the end of which a killed process has written only a part goes, too. Raises `ValidationError` for what
    is no transcript, `ResourceUnavailableError` for one that somebody writes or that cannot be read, and
    `SystemFailure` when it cannot be written; the file is then as it was.
    """
    try:
        with path.open("rb") as file:
            if not hold(file.fileno(), alone=True):
                raise ResourceUnavailableError(
                    f"the transcript {str(path)!r} is being written", suggestions=["wait until that process has ended"]
                )
            gone = [one.what for one in policy.over(_runs(file, path), now)]
            if gone and not dry:
                _rewrite(file, path, set(gone))
            return gone
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ResourceUnavailableError(
            f"the transcript {str(path)!r} cannot be read: {reason}", suggestions=["name a file that `run` has written"]
        ) from error


def _runs(file: IO[bytes], path: Path) -> list[Kept[str]]:
    """Read when each run was first and last heard of, and its bytes."""
    found: dict[str, Kept[str]] = {}
    for _, one in _entries(file, path):
        old = found.get(one.what, one._replace(size=0))
        created, used = min(old.created, one.created), max(old.used, one.used)
        found[one.what] = Kept(one.what, created, used, old.size + one.size)
    return list(found.values())


def _entries(file: IO[bytes], path: Path) -> Iterator[tuple[bytes, Kept[str]]]:
    """Yield each line with what it says of its run."""
    file.seek(0)
    for number, line in enumerate(file, start=1):
        if not line.endswith(b"\n"):
            return
        try:
            entry = json.loads(line)
            if entry["transcript"] != VERSION:
                raise ValueError(entry["transcript"])
            begun = datetime.fromisoformat(entry["time"]).timestamp()
            one = Kept(str(entry["run"]), begun, begun + float(entry["seconds"]), len(line))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValidationError(
                f"{path}:{number} is no entry of a transcript of version {VERSION}",
                suggestions=["write one with `llmspell run SPELL --transcript FILE`"],
            ) from error
        yield line, one


def _rewrite(file: IO[bytes], path: Path, gone: set[str]) -> None:
    """Put a file without some runs in the place of the old one."""
    try:
        with _beside(path) as fresh:
            os.fchmod(fresh.fileno(), os.fstat(file.fileno()).st_mode & 0o777)
            for line, one in _entries(file, path):
                if one.what not in gone:
                    fresh.write(line)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the transcript {str(path)!r} cannot be written: {reason}"
        raise SystemFailure(message, suggestions=["make room beside it: it is written anew"]) from error


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file that takes the place of another one at the end, and is gone when something fails before."""
    target = path.resolve()  # a link goes on leading to it
    spare = target.with_name(f".{target.name}.{os.getpid()}.new")
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as fresh:
            yield fresh
            fresh.flush()
            os.fsync(descriptor)
        spare.replace(target)
    except BaseException:
        spare.unlink(missing_ok=True)
        raise
