"""Ask a run of another process to end: a file beside its log says so.

A file needs no number of a process, which may be another's by now, and works where a signal does not: on Windows, and
for one of several runs in a process. The run looks for it (`cancel_requested` costs one look at the folder), ends as
cancelled and takes it away. A run that is taken up takes away what was left of an earlier life first.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from llmspell.errors import JournalWriteError

if TYPE_CHECKING:
    from pathlib import Path

ENDING: Final = ".cancel"


def request_file(path: Path) -> Path:
    """Give the file that asks the run with this log to end."""
    return path.with_suffix(ENDING)


def request_cancel(path: Path) -> None:
    """Ask the run with this log to end; raises `JournalWriteError`. Asking twice is asking once."""
    try:
        os.close(os.open(request_file(path), os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        message = f"the run {path.stem} cannot be asked to end: {request_file(path)}: {error.strerror or error}"
        raise JournalWriteError(message, suggestions=["end its process: the run can be cancelled then"]) from error


def cancel_requested(path: Path) -> bool:
    """Tell whether somebody asked the run with this log to end."""
    return request_file(path).exists()


def forget_cancel(path: Path) -> None:
    """Take the request away, if there is one."""
    request_file(path).unlink(missing_ok=True)
