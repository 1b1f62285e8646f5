"""Choose paths by patterns; what lies below something excluded is excluded."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmspell_tools_files.choose.globs import Globs, as_patterns

if TYPE_CHECKING:
    from llmspell.spec.context import Regex


class Choice:
    """Patterns for paths below a start; no `include` means everything."""

    __slots__ = ("_exclude", "_include")

    def __init__(self, include: str | list[str] | None, exclude: str | list[str] | None, regex: Regex) -> None:
        wanted, unwanted = as_patterns(include), as_patterns(exclude)
        self._include = Globs(wanted, regex) if wanted else None
        self._exclude = Globs(unwanted, regex) if unwanted else None

    def takes(self, path: str) -> bool:
        """Tell whether a path is chosen."""
        if self._exclude is not None:
            part = path
            while part:
                if self._exclude.matches(part):
                    return False
                part = posixpath.dirname(part)
        return self._include is None or self._include.matches(path)
