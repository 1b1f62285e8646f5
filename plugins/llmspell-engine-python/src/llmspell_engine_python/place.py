"""Where in a script something was written, and on whose behalf it runs."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

INVOKE: ContextVar[int] = ContextVar("INVOKE", default=0)
"""Which function of the script the kernel called, for whatever runs on its behalf; 0 is the script itself."""


class Place(NamedTuple):
    """Where a script made a call."""

    file: str
    line: int

    def text(self) -> str:
        """Give `file:line`."""
        return f"{self.file}:{self.line}"
