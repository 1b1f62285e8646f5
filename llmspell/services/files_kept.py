"""What no tool may write, whatever is granted: the code that is trusted, and the files that decide over runs.

Grants say what a tool may do. Who can change them, or the code that checks them, or the record of what was done, needs
none: so `fs.write` never means these places. A place is known by its path and by what that really is.
"""

# These are rules about path strings, as in the guard.
# ruff: noqa: PTH119, PTH120

from __future__ import annotations

import os.path
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CONFIGURATION: Final = "a configuration of llmspell"
MOST_WRITTEN: Final = 1 << 16
"""Files of code that were written and are remembered by name; past that, every one counts as written."""

_NAME, _START, _END = "llmspell.toml", "llmspell.", ".toml"


class Place(NamedTuple):
    """A file or folder that is kept.

    what    what it is, for messages
    named   whether a grant of exactly this path opens it: a person meant it then
    """

    path: str
    what: str
    named: bool = False


class Kept:
    """Know what is kept.

    `find` tells the places, and `code` the endings of files with trusted code, when something is written first.
    """

    __slots__ = ("_code", "_endings", "_find", "_places", "_written")

    def __init__(self, find: Callable[[], Iterable[Place]] = tuple, code: Callable[[], Iterable[str]] = tuple) -> None:
        self._find: Callable[[], Iterable[Place]] | None = find
        self._code = code
        self._endings: tuple[str, ...] = ()
        self._places: dict[str, Place] = {}
        self._written: set[str] = set()

    def keep(self, place: Place) -> None:
        """Keep a place from now on."""
        for path in (os.path.abspath(place.path), os.path.realpath(place.path)):  # noqa: PTH100 - text, as above
            self._places.setdefault(_folded(path), place)

    def why(self, path: str) -> Place | None:
        """Give the place that a path is or lies in, None when it may be written; it is a real path."""
        if self._find is not None:
            find, self._find = self._find, None
            self._endings = tuple(self._code())
            for one in find():
                self.keep(one)
        folded = _folded(path)
        while True:
            found = self._places.get(folded)
            if found is not None:
                return found
            above = os.path.dirname(folded)
            if above == folded:
                return _by_name(path)
            folded = above

    def wrote(self, path: str) -> None:
        """Remember that a file which may be code is about to be written."""
        if path.endswith(self._endings) and len(self._written) < MOST_WRITTEN:
            self._written.add(_folded(path))

    def was_written(self, path: str) -> bool:
        """Tell whether a tool has written a file of code, or may have."""
        return len(self._written) >= MOST_WRITTEN or _folded(os.path.realpath(path)) in self._written


def _by_name(path: str) -> Place | None:
    """Keep what the next run would read, from whichever folder it starts: `llmspell.toml`, `llmspell.ENV.toml`."""
    name = _folded(os.path.basename(path))
    if name == _NAME or (name.startswith(_START) and name.endswith(_END)):
        return Place(path, CONFIGURATION, named=True)
    return None


def _folded(path: str) -> str:
    """Give a path as file systems that do not tell cases apart compare it."""
    return os.path.normcase(path.lower() if sys.platform == "darwin" else path)
