"""The file of a transcript: one JSON document a line, each written at once and whole."""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, SystemFailure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY = "observability.transcript.file_path"
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS})
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class TranscriptFile:
    """Add entries to the end of a file, which nobody but its owner may read when it is made here.

    Raises `ConfigError` when it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: int | None = _open(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = f"the transcript {str(path)!r} cannot be opened: {reason}"
            raise ConfigError(
                message, faults=[(KEY, reason)], suggestions=["name a file in a folder that is there"]
            ) from error

    def write(self, entry: Mapping[str, object]) -> None:
        """Add one entry. Raises `SystemFailure` when it cannot be written."""
        left = memoryview(_line(entry))
        try:
            while left and self._file is not None:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            message = f"the transcript {str(self.path)!r} cannot be written: {(error.strerror or str(error)).lower()}"
            raise SystemFailure(message, suggestions=["make room, or run without a transcript"]) from error
        if left:
            raise SystemFailure(f"the transcript {str(self.path)!r} is closed")

    def close(self) -> None:
        """Close the file; later entries fail."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _open(path: Path) -> int:
    """Open the end of a file and share the lock on it; one that was put in its place meanwhile counts."""
    while True:
        file = os.open(path, _FLAGS, 0o600)
        try:
            hold(file)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def hold(file: int, *, alone: bool = False) -> bool:
    """Lock an open file until it is closed: to share it once nobody is alone with it, or to be `alone` with it at once.

    False when others hold it. Where there are no such locks (Windows, some file systems) nobody is kept off.
    """
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - POSIX alone has it

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _line(entry: Mapping[str, object]) -> bytes:
    """Write an entry as one line. Half a surrogate pair, which UTF-8 does not have, is escaped with all the rest."""
    try:
        return (json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:
        return (json.dumps(entry, allow_nan=False) + "\n").encode("ascii")
