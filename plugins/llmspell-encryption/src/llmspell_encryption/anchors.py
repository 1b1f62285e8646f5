"""A file elsewhere than the store that remembers the state of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from llmspell.errors import EncryptionError

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY: Final = 0o600
LONGEST: Final = 1 << 10


class FileAnchor:
    """Implement `llmspell.spec.encryptions.Anchor`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Give what was written last; None where there is no file."""
        try:
            with self._path.open("rb") as file:
                return file.read(LONGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused("read", error) from error

    def write(self, data: bytes) -> None:
        """Replace the file, in one step, and wait for the disk."""
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
            try:
                os.write(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            fresh.replace(self._path)
        except OSError as error:
            raise self._refused("written", error) from error

    def _refused(self, how: str, error: OSError) -> EncryptionError:
        return EncryptionError(
            f"the anchor of the store, {self._path}, cannot be {how}: {error.strerror}",
            suggestions=["set `anchor` in `[storage.encryption]` to a file that this user may write"],
        )
