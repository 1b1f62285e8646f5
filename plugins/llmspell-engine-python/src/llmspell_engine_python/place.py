"""Where in a script something was written."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where a script made a call."""

    file: str
    line: int

    def text(self) -> str:
        """Give `file:line`."""
        return f"{self.file}:{self.line}"
