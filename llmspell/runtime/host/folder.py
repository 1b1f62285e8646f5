"""The empty folder that a child starts in. `tempfile` would do, but its imports cost 4 ms of every run's start."""

from __future__ import annotations

import os

_USUAL = "/tmp"  # noqa: S108 - a folder below it is made, of a name that nobody can know before


def make_folder() -> str:
    """Make a folder that only we may enter, and give its path; raises `OSError` when there is room nowhere."""
    path = os.path.join(os.environ.get("TMPDIR") or _USUAL, f"llmspell-{os.urandom(8).hex()}")  # noqa: PTH118 - text will do
    try:
        os.mkdir(path, 0o700)  # noqa: PTH102 - likewise
    except OSError:
        from tempfile import mkdtemp  # noqa: PLC0415 - it knows where else there may be room

        return mkdtemp(prefix="llmspell-")
    return path


def remove_folder(path: str) -> None:
    """Remove the folder with whatever is in it; one that cannot be removed is left to who cleans such places."""
    try:
        os.rmdir(path)  # noqa: PTH106 - likewise
    except OSError:
        from shutil import rmtree  # noqa: PLC0415 - the folder of a child that may write nothing is empty

        rmtree(path, ignore_errors=True)
